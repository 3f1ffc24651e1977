"""Messages that no person wrote to be read as one: bounces, replies of machines, circulars."""

import re

from local.standin.reading_rules.prompt import Mail, folded

_MACHINES = re.compile(r"(?<![\w.-])(?:mailer-?daemon|postmaster|mail-?delivery|bounces?)[\w+.=-]*@", re.IGNORECASE)
_OF_A_MACHINE = re.compile(
    r"\b(?:undeliver\w*|undelivered mail|delivery (?:status|failure|has failed)|(?:mail )?delivery failed|"
    r"returned mail|"
    r"failure notice|automatic reply|auto(?:matic|mated)? ?-?(?:reply|response)|"
    r"autoreply|out of (?:the )?office|"
    r"unzustellbar|nicht zustellbar\w*|automatische antwort|abwesenheit\w*|"
    r"non remis|echec de (?:la )?(?:remise|distribution)|reponse automatique|absen(?:ce|t) du bureau|message d'absence|"
    r"no se ha podido entregar|no entregado|respuesta automatica|fuera de la oficina|ausencia|"
    r"mancata consegna|impossibile recapitare|risposta automatica|fuori (?:sede|ufficio)|"
    r"onbestelbaar|automatisch antwoord|afwezig\w*|"
    r"resposta automatica|ausente do escritorio|nao entregue|autoodpowiedz|odpowiedz automatyczna|poza biurem)"
)
_AWAY = re.compile(
    r"\b(?:(?:am|i'm|be|currently|will be) (?:\w+ )?(?:out of (?:the )?office|away from (?:the office|my desk)|"
    r"on (?:annual )?leave)|"
    r"nicht im (?:buro|haus)|bin (?:\w+ ){0,4}(?:abwesend|nicht erreichbar|im urlaub)|absente? (?:du bureau|jusqu)|"
    r"actuellement absente?|en conges? jusqu|estare (?:ausente|fuera)|estoy (?:ausente|fuera de)|de vacaciones hasta|"
    r"sono (?:assente|fuori)|saro (?:assente|fuori)|niet op kantoor|ben (?:ik )?(?:afwezig|niet aanwezig)|"
    r"estou ausente|estarei ausente|jestem nieobecn\w+|your message (?:could not|was not) (?:be )?deliver\w*)"
)
_LEAVES_A_LIST = re.compile(
    r"\b(?:unsubscribe|manage (?:your )?(?:preferences|subscription)|"
    r"view (?:it |this )?(?:email )?in (?:your )?browser|"
    r"opt[ -]out of|(?:newsletter|hier) (?:abmelden|abbestellen)|abbestellen|im browser (?:ansehen|anzeigen|offnen)|"
    r"se desinscrire|se desabonner|desabonnement|voir (?:ce message )?dans (?:le|votre) navigateur|"
    r"darse? de baja|cancelar (?:la )?suscripcion|ver en (?:el|tu) navegador|"
    r"disiscriv\w*|cancella(?:re|ti)? l'?iscrizione|annulla l'iscrizione|visualizza nel browser|"
    r"afmelden|uitschrijven|bekijk (?:deze mail )?in (?:je|uw) browser|cancelar (?:a )?subscricao|wypisz sie)\b"
)
_SCANNED_CHARACTERS, _SHORT_REPLY_CHARACTERS = 6_000, 1_500


def is_automatic(mail: Mail) -> bool:
    """Say whether a machine answered or returned mail: by its headers, its sender, its subject, or what it says."""
    submitted = mail.header("auto-submitted").casefold()
    if submitted.startswith("auto-") and "generated" not in submitted:
        return True
    if _MACHINES.search(mail.header("from")) or _OF_A_MACHINE.search(folded(mail.header("subject"))):
        return True
    latest = "\n".join(zone.text for zone in mail.zones if zone.kind == "latest")
    return len(latest) <= _SHORT_REPLY_CHARACTERS and bool(_AWAY.search(" ".join(folded(latest).split())))


def is_bulk(mail: Mail) -> bool:
    """Say whether a message went to a list: by its headers, or the words by which one leaves it."""
    if mail.header("list-unsubscribe") or mail.header("precedence").casefold() in {"bulk", "list", "junk"}:
        return True
    kinds = {"latest", "signature", "disclaimer", "structured"}
    text = "\n".join(zone.text for zone in mail.zones if zone.kind in kinds)
    return bool(_LEAVES_A_LIST.search(folded(text[:_SCANNED_CHARACTERS] + text[-_SCANNED_CHARACTERS:])))
