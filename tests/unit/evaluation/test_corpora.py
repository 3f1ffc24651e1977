"""How foreign labels become ours; no corpus is needed."""

import json
from pathlib import Path

import pytest

from local.evaluation.corpora import mail_of, shared_set
from local.evaluation.errors import EvaluationError
from mailroom.reading import read_email


def corpora(path: Path, name: str, *rows: dict) -> Path:
    (path / "labelled").mkdir()
    lines = [json.dumps({"id": str(n), "source": None, "text": "Hello"} | row) for n, row in enumerate(rows)]
    (path / "labelled" / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return path


def test_values_take_their_normal_form_and_what_is_none_stays_unlabelled(tmp_path: Path):
    gold = {"company": ["ACME SDN BHD"], "date": ["18-11-18"], "total": ["RM 1,030.90"], "address": [""]}

    (message,) = shared_set("sroie", corpora(tmp_path, "sroie", {"gold": gold})).messages

    assert message.truth.fields == {"company": ("ACME SDN BHD",), "date": ("2018-11-18",), "total": ("1030.90",)}


def test_an_hour_without_am_or_pm_may_be_either_and_a_short_name_is_its_bearers(tmp_path: Path):
    gold = {"stime": ["1:30"], "etime": ["3 p.m."], "speaker": ["Ms. Scott", "Joyce Ann Scott", "Bo Li"]}

    (message,) = shared_set("seminars", corpora(tmp_path, "seminars", {"gold": gold})).messages

    assert message.truth.fields["start_time"] == ("01:30", "13:30")
    assert message.truth.fields["end_time"] == ("15:00",)
    assert sorted(message.truth.fields["speakers"]) == [("Bo Li",), ("Joyce Ann Scott", "Ms. Scott")]


def test_columns_of_gold_become_rows_only_where_they_are_equally_long(tmp_path: Path):
    even = {"lines.name": ["Ink", "Paper"], "lines.qty": [1, 2]}
    uneven = {"lines.name": ["Ink", "Paper"], "lines.qty": [1]}

    first, second = shared_set(
        "invoice2data", corpora(tmp_path, "invoice2data", {"gold": even}, {"gold": uneven})
    ).messages

    assert first.truth.rows == {
        "positions": [{"name": ("Ink",), "quantity": ("1",)}, {"name": ("Paper",), "quantity": ("2",)}]
    }
    assert second.truth.rows == {}
    assert "positions" in second.truth.ignored


def test_in_a_set_that_does_not_label_everything_only_labels_are_judged(tmp_path: Path):
    gold = {"reservationFor.flightNumber": ["212", "211"], "totalPrice": [99.5], "priceCurrency": ["EUR", "EUR"]}

    (message,) = shared_set("kitinerary-core", corpora(tmp_path, "kitinerary-core", {"gold": gold})).messages

    assert message.truth.fields == {"services": [("212",), ("211",)], "total_price": ("99.5",), "currency": ("EUR",)}
    assert "passengers" in message.truth.ignored
    assert not message.truth.complete


def test_a_bare_text_comes_out_of_its_mail_as_it_went_in():
    text = "TOTAL\nRM 33.92\n--\nDépôt №7\n> quoted?\nFrom here\n"

    assert text.strip() in read_email(mail_of(text)).text


def test_a_set_that_is_not_here_is_named(tmp_path: Path):
    with pytest.raises(EvaluationError, match="sroie is not here"):
        shared_set("sroie", tmp_path)
