"""How orders to a machine are phrased, in English, German, French, Spanish, Italian, Portuguese and Dutch.

All patterns meet text in lower case without accents (``orders._plain``). They are kept conservative on purpose: each
needs both a verb of command and something that only a machine has (instructions, a prompt, a role), or a form of words
that has no place in post between people. A person's "please ignore my previous mail" is none.
"""

# ruff: noqa: E501 - a language's words are compared best on one line each

import re
from typing import NamedTuple


class Phrase(NamedTuple):
    """A pattern, and letters of which one must stand in a line for it to match: a search is cheap, a pattern is not."""

    stems: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, stems: str, pattern: str) -> "Phrase":
        """Compile a pattern; ``stems`` are separated by blanks."""
        return cls(tuple(stems.split()), re.compile(pattern, re.MULTILINE))


_FORGET = (
    r"ignor(?:e[sznr]?|a[rt]?|iere?[nt]?|ing|ez|i)|disregard|forget|override|overrule|bypass|vergiss|vergessen\s+sie|missachte|"
    r"ubergehe|oublie[zr]?|ne\s+tiens\s+pas\s+compte|olvid[ae][rn]?|desestim[ae]|dimentica(?:re|te)?|esquec[ae]|"
    r"desconsidere|negeer|vergeet"
)
_BEFORE = (
    r"previous|prior|above|earlier|preceding|foregoing|following|all|any|your|every|system|original|safety|vorherigen?|vorigen?|"
    r"bisherigen?|obigen?|fruheren?|alle[nr]?|samtliche[nr]?|deine[nr]?|ihre[nr]?|precedente?s?|anterieures?|toutes?|tous|vos|tes|"
    r"anteriores|previas|todas?|todos|tus|sus|precedenti|tutte|tue|tuas|suas|eerdere|vorige|bovenstaande|je|jouw"
)
_COMMANDS = (
    r"instructions?|prompts?|directions?|directives?|guidelines?|programming|commands?|rules|policies|context|"
    r"anweisung(?:en)?|instruktionen|befehle?|vorgaben|regeln|aufgaben|auftrage?|consignes?|ordres|regles|instrucciones|"
    r"ordenes|reglas|indicaciones|istruzioni|comandi|regole|instrucoes|comandos|regras|instructies|opdrachten|regels"
)
# "ai" is "to the" in Italian and "have" in French, "ia" and "ki" are common endings: each counts in its own language only.
_MACHINE_NAME = (
    r"a\.?i\.?|artificial\s+intelligence|language\s+model|llms?|chat\s?bots?|chatgpt|gpt(?:-?\d)?|claude|gemini|copilot"
)
_MACHINE_ABROAD = (
    r"llms?|chat\s?bots?|chatgpt|gpt(?:-?\d)?|claude|ki(?:-\w+)?|sprachmodell|kunstliche\s+intelligenz|(?:une|l'|una|uma)\s?ia|"
    r"modele\s+de\s+langage|modelo\s+de\s+lenguaje|modello\s+linguistico|taalmodel|modelo\s+de\s+linguagem|"
    r"intell?igen(?:ce|cia|za)\s+artific\w+"
)
_READER = (
    r"assistant|reader|parser|extractor|bots?|agents?|models?|system(?:e|a|en)?|software|program(?:me|a|m)?s?|machines?|pipeline|"
    r"leser|assistent(?:en)?|agenten|lecteur|logiciel|lector|asistente|lettore|assistente|leitor|lezer"
)
_READS = (
    r"read(?:s|ing)?|process(?:es|ing)?|pars(?:es|ing)|extract(?:s|ing)?|handl(?:es|ing)|verarbeitet|verarbeiten|liest|lesen|traite(?:nt)?|"
    r"lit|procesa[n]?|lee[n]?|elabora(?:no)?|legge|processa[m]?|verwerkt"
)
_THIS = (
    r"(?:this|the|that|diese[rsn]?|das|cet(?:te)?|ce|est[ea]|quest[oa]|dit|deze)\s+"
    r"(?:\w{1,30}\s+)?(?:message|e-?mail|mail|document|text|record|letter|invoice|nachricht|dokument|courriel|mensaje|correo|"
    r"documento|messaggio|mensagem|bericht|datensatz)"
)
_AUTOMATED = r"(?:automat\w+|artificial|kunstlich\w*|maschinell\w*)"
_CLASSIFY = (
    r"classify|categori[sz]e|label|treat|tag|mark|flag|file|process|einstufen|klassifizier\w*|markier\w*|kategorisier\w*|"
    r"classe[rz]?|classifie[rz]?|clasific\w+|marca|marque[zr]?|classific\w+|segna|classificeer|markeer"
)

MACHINE: tuple[Phrase, ...] = (
    # Take back what was told before.
    Phrase.of(
        "ignor disregard forget overr bypass vergiss vergess missacht uberge oublie compte olvid desestim dimentic esquec desconsider negeer vergeet",
        rf"\b(?:{_FORGET})\s[^\n.!?]{{0,40}}?\b(?:{_BEFORE})\b[^\n.!?]{{0,60}}?\b(?:{_COMMANDS})\b",
    ),
    Phrase.of(
        "ignor disregard forget overr bypass vergiss vergess missacht uberge oublie compte olvid desestim dimentic esquec desconsider negeer vergeet",
        rf"\b(?:{_FORGET})\s[^\n.!?]{{0,30}}?\b(?:instructions?|prompts?|anweisung(?:en)?|instruktionen|consignes|instrucciones|istruzioni|instrucoes|"
        r"instructies)\b",
    ),
    Phrase.of(
        "ignor disregard forget overr bypass vergiss vergess missacht uberge oublie compte olvid desestim dimentic esquec desconsider negeer vergeet",
        rf"\b(?:{_FORGET})\s+(?:all\s+|everything\s+|anything\s+|alles\s+|tout\s+|todo\s+|tutto\s+|tudo\s+)"
        r"(?:of\s+)?(?:the\s+|what\s+|i\s+|you\s+|was\s+|das\s+|was\s+|ce\s+|lo\s+|quanto\s+|o\s+)*"
        r"(?:above|before|previous|prior|said|told|davor|vorher|zuvor|oben|bisherige|precede|qui\s+precede|anterior|anteriormente|"
        r"sopra|precedente|acima|hierboven)\b",
    ),
    Phrase.of(
        "above",
        r"\b(?:ignore|disregard)\s+the\s+above\b",
    ),
    # New rules, and who is said to make them.
    Phrase.of(
        "instruct prompt direct guideline programming command rules polic context anweis befehl vorgab regel aufgab auftr consigne ordre regle ordenes regl indicac istruz comand regole instruc regras opdracht",
        rf"\b(?:new|important|additional|updated|special|secret|neue|wichtige|nouvelles?|nuevas?|nuove|novas?|nieuwe)\s+"
        rf"(?:\w{{1,30}}\s+)?(?:{_COMMANDS})\s*(?::|\*|-{{2}}|follow\b|for\s+(?:the|you))",
    ),
    Phrase.of(
        "system",
        r"\bsystem[\s-]*(?:prompt|message|instruction|override|notice|note)s?\b\s*(?:[:*]|to\b|update)",
    ),
    Phrase.of(
        "prompt",
        r"\b(?:your|the|deine[nm]?|seu|tu|votre)\s+(?:\w{1,30}\s+)?(?:system[\s-]*prompt|hidden\s+prompt|initial\s+prompt)\b",
    ),
    Phrase.of(
        "mode",
        r"\b(?:developer|debug(?:ging)?|dan|god|jailbreak|maintenance|admin(?:istrator)?)\s+mode\b",
    ),
    Phrase.of(
        "anything jailbr",
        r"\bdo\s+anything\s+now\b|\bjailbr(?:eak|oken)\w*",
    ),
    Phrase.of(
        "now jetzt sofort maintenant ahora agora",
        r"\bfrom\s+now\s+on,?\s+you\b|\bab\s+(?:jetzt|sofort)\s+bist\s+du\b|\ba\s+partir\s+de\s+(?:maintenant|ahora|agora),?\s+(?:tu|vous|eres|voce)\b",
    ),
    # Speak to a machine as one.
    Phrase.of(
        "ai a.i artificial model llm chat gpt claude gemini copilot",
        rf"\b(?:as|you\s+are|you're|you\s+will\s+be|act\s+as|pretend\s+(?:to\s+be|you\s+are)|imagine\s+you\s+are)\s+(?:now\s+)?"
        rf"(?:an?|the)\s+(?:\w{{1,30}},?\s+){{0,3}}?(?:{_MACHINE_NAME})(?!\w)",
    ),
    Phrase.of(
        "model llm chat gpt claude ki kunstlich ia intel",
        rf"\b(?:du\s+bist|sie\s+sind|tu\s+es|vous\s+etes|eres|usted\s+es|sei|voce\s+e|je\s+bent)\s+(?:\w{{1,30}},?\s+){{0,4}}?"
        rf"(?:{_MACHINE_ABROAD})\b",
    ),
    Phrase.of(
        "ai a.i artificial model llm chat gpt claude gemini copilot",
        rf"\b(?:dear|hello|hey|attention|note\s+(?:to|for)|message\s+(?:to|for)|instructions?\s+(?:to|for)|to\s+(?:the|any|all))[\s,:]+"
        rf"(?:the\s+|any\s+|all\s+)*(?:{_AUTOMATED}\s+)?(?:{_MACHINE_NAME})(?!\w)",
    ),
    Phrase.of(
        "model llm chat gpt claude ki kunstlich ia intel",
        rf"\b(?:an\s+(?:die|den|das|alle)|hinweis\s+(?:an|fur)|liebe[sr]?|a\s+l'attention\s+d\w*|cher|chere|aviso\s+para|nota\s+(?:para|per)|querid[oa]|"
        rf"attenzione|let\s+op)[\s,:]+(?:\w{{1,30}}\s+){{0,2}}?(?:{_MACHINE_ABROAD})\b",
    ),
    Phrase.of(
        "automat artificial kunstlich maschinell",
        rf"\b{_AUTOMATED}\s+(?:{_READER})\b\s*[:,]",
    ),
    Phrase.of(
        "not attention instruct hinweis avis remarque avviso opmerking",
        rf"\b(?:note|notice|attention|instructions?|hinweis|avis|remarque|aviso|nota|avviso|opmerking)\b[^\n.!?]{{0,30}}?"
        rf"\b(?:{_READER})\b[^\n.!?]{{0,20}}?\b(?:{_READS})\b",
    ),
    Phrase.of(
        "automat artificial kunstlich maschinell",
        rf"\b(?:notice|note|attention|hinweis|avis|aviso|nota|avviso)\s+(?:to|for|an|fur|pour|a|au|para|per|voor)\s+(?:\w{{1,30}}\s+){{0,2}}?"
        rf"{_AUTOMATED}\s+(?:{_READER})\b",
    ),
    # Say what the answer shall be.
    Phrase.of(
        "output respond reply answer print return repeat antwort repond respond rispond antwoord",
        r"\b(?:output|respond|reply|answer|print|return|repeat|antworte\w*|repond(?:s|ez)|responde|rispondi|responda|antwoord)\s+"
        r"(?:only|just|exactly|nur|ausschlie\w+|uniquement|seulement|solo|solamente|soltanto|apenas|somente|alleen)\b",
    ),
    Phrase.of(
        "classif categor label treat tag mark flag file process einstuf klassif kategor class clasif marca marque segna",
        rf"\b(?:{_CLASSIFY})\s+(?:(?:{_THIS})|it|everything)\s+(?:as|to|als|comme|como|come|em|en|a)\b",
    ),
    Phrase.of(
        "classified labelled labeled categori treated marked filed accepted eingestuft klassif class clasif",
        rf"\b{_THIS}\s+(?:is|must\s+be|should\s+be|has\s+to\s+be|ist|soll|muss|doit|debe|deve|moet)\s+(?:\w{{1,30}}\s+){{0,2}}?(?:classified|labell?ed|"
        r"categori[sz]ed|treated|marked|filed|accepted|eingestuft|klassifiziert|etre\s+class\w+|ser\s+clasific\w+|essere\s+classific\w+)\b",
    ),
    Phrase.of(
        "kind",
        r"\bkind\s*(?:=|:|is|must\s+be|should\s+be)\s*[\"'`“]?(?:invoice|lead|other|support|meeting|job|spam)",
    ),
    Phrase.of(
        "accepted approved verified confirmed reviewed",
        r"\b(?:mark|set|flag|markiere|marque|marca)\s+(?:\w{1,30}\s+){0,3}?(?:as\s+|als\s+|comme\s+|como\s+)?(?:accepted|approved|verified|confirmed|reviewed)\b",
    ),
    Phrase.of(
        "confidence",
        r"\bconfidence(?:\s+score)?s?\s*(?:=|:|is|of|to|at|must\s+be)\s*[\"']?(?:1(?:\.0+)?\b|0?\.\d|\d{2,3}\s?%|high|maximum)",
    ),
    Phrase.of(
        "review",
        r"\bdo\s+not\s+(?:send|route|pass|forward)\s+(?:\w{1,30}\s+){0,3}?(?:to|for)\s+(?:human\s+)?review\b",
    ),
    # Forge a delimiter or an answer.
    Phrase.of(
        "< [",
        r"</?\s*(?:message|system|instructions?|draft|assistant|user|prompt|admin)\s*/?>|<\|[\w ]{2,20}\|>|\[/?inst\]|<<\s*sys\s*>>",
    ),
    Phrase.of(
        "### --- ***",
        r"^[ \t]{0,8}(?:###|---|\*\*\*)\s*(?:new\s+|end\s+of\s+)?(?:system|instructions?|assistant|human|user|prompt|important)\b[^\n]{0,40}",
    ),
    Phrase.of(
        "{",
        r"\{\s*\"(?:kind|zones|role|zone|field)\"\s*:\s*[\"\[]",
    ),
    Phrase.of(
        "system assistant",
        r"^[ \t]{0,8}(?:system|assistant)[ \t]?:\s",
    ),
)

_PRODUCE = (
    r"write|print|output|say|repeat|recite|translate|summari[sz]e|rephrase|reword|rewrite|paraphrase|scramble|spell|encode|decode|reverse|"
    r"generate|compose|pretend|imagine|role-?play|act\s+(?:as|like)|answer|respond|explain|describe|reveal|tell\s+me|ignore|forget|"
    r"execute|run|schreib\w*|sag\w*|wiederhol\w*|ubersetz\w*|verfass\w*|antwort\w*|vergiss|erklar\w*|tu\s+so|stell\s+dir|ecri[st]\w*|ecrivez|dis|"
    r"repete\w*|repetez|traduis\w*|redige\w*|repond\w*|explique\w*|oublie\w*|escrib[ae]\w*|di|repit[ae]\w*|traduce\w*|redacta\w*|responde\w*|"
    r"explica\w*|olvida\w*|scrivi\w*|ripeti\w*|traduci\w*|rispondi\w*|spiega\w*|dimentica\w*|escreva\w*|diga|repita\w*|traduza\w*|responda\w*|"
    r"explique\w*|esqueca\w*|schrijf|zeg|herhaal|vertaal|antwoord|vergeet|leg\s+uit"
)
_PRODUCT = r"answers?|responses?|repl(?:y|ies)|outputs?|code(?:base)?|implementation|solution|algorithm|antwort(?:en)?|reponses?|respuestas?|risposta|resposta|antwoord"

REQUESTS: tuple[Phrase, ...] = (
    # A sentence that asks the reader to write something: a person who wants that of a firm is rare, a value in it rarer.
    Phrase.of(
        "",
        rf"(?:^|[.!?:,;\n\u2013-]\s{{0,3}}|\b(?:then|and|please|now|just|bitte|und|dann|nun|puis|et|maintenant|luego|ahora|poi|ora|e|y|agora|nu|to)\s+)"
        rf"(?:{_PRODUCE})\b\s*[^\n]{{3,}}?(?=[.!?](?:\s|$)|$)",
    ),
    # A figure of another kind of document is dictated as well.
    Phrase.of(
        "set overwrite stelle imposta fija fixe defina zet",
        r"\b(?:set|overwrite|reset|setze?|stelle|imposta|fija|fixe[rz]?|defina|zet)\s+(?:the|all|every|each|die|den|das|le|la|les|el|il|o|a|het|de)\s+"
        r"[\w ]{2,30}?\s+(?:to|as|=|auf|a|en|su|para|op)\s+\S[^\n]{0,60}",
    ),
    # What an answer shall hold or look like.
    Phrase.of(
        "answer respon repl output code implement solution algorithm antwort repons respuest risposta resposta antwoord",
        rf"^[^\n.!?]{{3,}}?\b(?:in|into|of|to|at|with|within|as|your|the|make)\s+(?:\w{{1,30}}\s+){{0,5}}?(?:your|the|deine[rn]?|ihre[rn]?|votre|ta|tu|su|tua|sua|je)\s+"
        rf"(?:\w{{1,30}}\s+){{0,2}}?(?:{_PRODUCT})\b[^\n]*",
    ),
    Phrase.of(
        "your",
        rf"^[^\n.!?]{{0,40}}?\byour\s+(?:\w{{1,30}}\s+){{0,2}}?(?:{_PRODUCT}|unique\s+id|instructions?)\b[^\n]*",
    ),
    Phrase.of(
        "word string phrase sentence text wort satz mot palabra frase parole woorden",
        r"\b(?:words?|string|phrase|sentence|text|worter?|satz|mots?|phrase|palabras?|frase|parole|woorden)\s*:?\s*[\"“«„'`][^\n]{1,200}",
    ),
    # Notations of machines: an address in the source of a program or a page is not one that somebody gives.
    Phrase.of(
        "http {",
        r"[\"'`]\s?https?://[^\s\"'`]*|\]\(\s?https?://[^\s)]*|=\s?https?://\S*|\{\w+\}",
    ),
)

DICTATING = (
    r"set|change|put|make|update|overwrite|replace|use|enter|fill\s+in|correct|setze?n?|andern?|andere|aktualisier\w*|trag\w*|verwende\w*|"
    r"mets|mettez|changez?|remplacez?|utilisez?|pon(?:ga)?|cambi[ae]\w*|establ\w+|usa|use|imposta\w*|modific\w+|defina|altere|mude|coloque|"
    r"zet|wijzig|verander|gebruik"
)
LINKS = r"to|=|as|with|auf|als|zu|durch|a|à|en|par|comme|por|como|su|con|come|per|para|em|op|naar|in|is|met"
MUST_BE = (
    r"(?:must|should|has\s+to|have\s+to|shall|needs\s+to)\s+(?:be|read|say)|(?:muss|soll|sollte)\s+(?:\S{1,40}\s+){1,4}?(?:sein|lauten|heissen)|"
    r"(?:muss|soll)\s+(?:sein|lauten)|doit\s+etre|debe\s+ser|deve\s+essere|deve\s+ser|moet\s+\S+\s+zijn|moet\s+zijn"
)
CHANGED = (
    r"(?:has|have)\s+(?:been\s+)?changed|(?:hat|haben)\s+sich\s+geandert|(?:wurde|hat)\s+geandert|a\s+change|ont\s+change|ha\s+cambiado|han\s+cambiado|"
    r"e\s+cambiat[oa]|sono\s+cambiat[ie]|mudou|mudaram|is\s+gewijzigd|zijn\s+gewijzigd"
)
DICTATING_STEMS = (
    "set",
    "change",
    "put",
    "make",
    "update",
    "overwrite",
    "replace",
    "use",
    "enter",
    "fill",
    "correct",
    "andern",
    "andere",
    "aktualis",
    "trag",
    "verwende",
    "mets",
    "mettez",
    "utilis",
    "pon",
    "cambi",
    "establ",
    "usa",
    "impost",
    "modific",
    "defina",
    "altere",
    "mude",
    "coloque",
    "zet",
    "wijzig",
    "verander",
    "gebruik",
)
MUST_STEMS = ("must", "should", "has to", "have to", "shall", "need", "muss", "soll", "doit", "debe", "deve", "moet")
CHANGED_STEMS = ("chang", "geandert", "cambia", "mudou", "mudaram", "gewijzigd")
SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
