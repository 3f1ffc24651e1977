"""How orders to a machine are phrased, in English, German, French, Spanish, Italian, Portuguese and Dutch.

All patterns meet text in lower case without accents (``orders._plain``). They are kept conservative on purpose: each
needs both a verb of command and something that only a machine has (instructions, a prompt, a role), or a form of words
that has no place in post between people. A person's "please ignore my previous mail" is none.
"""

# ruff: noqa: E501 - a language's words are compared best on one line each

import re

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
_MACHINE_NAME = (
    r"a\.?i\.?|artificial\s+intelligence|language\s+model|llms?|chat\s?bots?|chatgpt|gpt(?:-?\d)?|claude|gemini|copilot|"
    r"ki(?:-\w+)?|sprachmodell|ia|modele\s+de\s+langage|modelo\s+de\s+lenguaje|modello\s+linguistico|taalmodel|"
    r"modelo\s+de\s+linguagem"
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
    r"(?:\w+\s+)?(?:message|e-?mail|mail|document|text|record|letter|invoice|nachricht|dokument|courriel|mensaje|correo|"
    r"documento|messaggio|mensagem|bericht|datensatz)"
)
_AUTOMATED = r"(?:automat\w+|artificial|kunstlich\w*|maschinell\w*)"
_CLASSIFY = (
    r"classify|categori[sz]e|label|treat|tag|mark|flag|file|process|einstufen|klassifizier\w*|markier\w*|kategorisier\w*|"
    r"classe[rz]?|classifie[rz]?|clasific\w+|marca|marque[zr]?|classific\w+|segna|classificeer|markeer"
)

MACHINE: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        # Take back what was told before.
        rf"\b(?:{_FORGET})\s[^\n.!?]{{0,40}}?\b(?:{_BEFORE})\b[^\n.!?]{{0,60}}?\b(?:{_COMMANDS})\b",
        rf"\b(?:{_FORGET})\s[^\n.!?]{{0,30}}?\b(?:{_COMMANDS})\b",
        rf"\b(?:{_FORGET})\s+(?:all\s+|everything\s+|anything\s+|alles\s+|tout\s+|todo\s+|tutto\s+|tudo\s+)"
        r"(?:of\s+)?(?:the\s+|what\s+|i\s+|you\s+|was\s+|das\s+|was\s+|ce\s+|lo\s+|quanto\s+|o\s+)*"
        r"(?:above|before|previous|prior|said|told|davor|vorher|zuvor|oben|bisherige|precede|qui\s+precede|anterior|anteriormente|"
        r"sopra|precedente|acima|hierboven)\b",
        r"\b(?:ignore|disregard)\s+the\s+above\b",
        # New rules, and who is said to make them.
        rf"\b(?:new|important|additional|updated|special|secret|neue|wichtige|nouvelles?|nuevas?|nuove|novas?|nieuwe)\s+"
        rf"(?:\w+\s+)?(?:{_COMMANDS})\s*(?::|\*|-{{2}}|follow\b|for\s+(?:the|you))",
        r"\bsystem[\s-]*(?:prompt|message|instruction|override|notice|note)s?\b\s*(?:[:*]|to\b|update)",
        r"\b(?:your|the|deine[nm]?|seu|tu|votre)\s+(?:\w+\s+)?(?:system[\s-]*prompt|hidden\s+prompt|initial\s+prompt)\b",
        r"\b(?:developer|debug(?:ging)?|dan|god|jailbreak|maintenance|admin(?:istrator)?)\s+mode\b",
        r"\bdo\s+anything\s+now\b|\bjailbr(?:eak|oken)\w*",
        r"\bfrom\s+now\s+on,?\s+you\b|\bab\s+(?:jetzt|sofort)\s+bist\s+du\b|\ba\s+partir\s+de\s+(?:maintenant|ahora|agora),?\s+(?:tu|vous|eres|voce)\b",
        # Speak to a machine as one.
        rf"\b(?:as|you\s+are|you're|you\s+will\s+be|act\s+as|pretend\s+(?:to\s+be|you\s+are)|du\s+bist|sie\s+sind|tu\s+es|vous\s+etes|eres|"
        rf"sei|voce\s+e|je\s+bent|imagine\s+you\s+are)\s+(?:now\s+)?(?:an?|the|ein[e]?|une?|una?|uno|um[a]?|een)?\s*(?:\w+,?\s+){{0,3}}?(?:{_MACHINE_NAME})\b",
        rf"\b(?:dear|hello|hey|attention|note\s+(?:to|for)|message\s+(?:to|for)|instructions?\s+(?:to|for)|to\s+(?:the|any|all)|an\s+(?:die|den|das|alle)|"
        rf"hinweis\s+(?:an|fur)|a\s+l'attention\s+d\w*|aviso\s+para|nota\s+para|nota\s+per|attenzione|let\s+op)[\s,:]+"
        rf"(?:the\s+|any\s+|all\s+|alle\s+|die\s+|den\s+|das\s+|le\s+|la\s+|les\s+|el\s+|l'|il\s+|de\s+|o\s+)*(?:{_AUTOMATED}\s+)?"
        rf"(?:{_MACHINE_NAME})\b",
        rf"\b{_AUTOMATED}\s+(?:{_READER})\b\s*[:,]",
        rf"\b(?:note|notice|attention|instructions?|hinweis|avis|remarque|aviso|nota|avviso|opmerking)\b[^\n.!?]{{0,30}}?"
        rf"\b(?:{_READER})\b[^\n.!?]{{0,20}}?\b(?:{_READS})\b",
        rf"\b(?:notice|note|attention|hinweis|avis|aviso|nota|avviso)\s+(?:to|for|an|fur|pour|a|au|para|per|voor)\s+(?:\w+\s+){{0,2}}?"
        rf"{_AUTOMATED}\s+(?:{_READER})\b",
        # Say what the answer shall be.
        r"\b(?:output|respond|reply|answer|print|return|repeat|antworte\w*|repond(?:s|ez)|responde|rispondi|responda|antwoord)\s+"
        r"(?:only|just|exactly|nur|ausschlie\w+|uniquement|seulement|solo|solamente|soltanto|apenas|somente|alleen)\b",
        r"\b(?:say|print|output|write|repeat|sag\w*|schreib\w*|dis|ecris|di|escribe|scrivi|diga|escreva|zeg)\s+(?:just\s+|only\s+|exactly\s+|nur\s+)?"
        r"[\"“«„'][^\n\"”»“']{1,80}[\"”»“'](?=\W|$)",
        rf"\b(?:{_CLASSIFY})\s+(?:(?:{_THIS})|it|everything)\s+(?:as|to|als|comme|como|come|em|en|a)\b",
        rf"\b{_THIS}\s+(?:is|must\s+be|should\s+be|has\s+to\s+be|ist|soll|muss|doit|debe|deve|moet)\s+(?:\w+\s+){{0,2}}?(?:classified|labell?ed|"
        r"categori[sz]ed|treated|marked|filed|accepted|eingestuft|klassifiziert|etre\s+class\w+|ser\s+clasific\w+|essere\s+classific\w+)\b",
        r"\bkind\s*(?:=|:|is|must\s+be|should\s+be)\s*[\"'`“]?(?:invoice|lead|other|support|meeting|job|spam)",
        r"\b(?:mark|set|flag|markiere|marque|marca)\s+(?:\w+\s+){0,3}?(?:as\s+|als\s+|comme\s+|como\s+)?(?:accepted|approved|verified|confirmed|reviewed)\b",
        r"\bconfidence(?:\s+score)?s?\s*(?:=|:|is|of|to|at|must\s+be)\s*[\"']?(?:1(?:\.0+)?\b|0?\.\d|\d{2,3}\s?%|high|maximum)",
        r"\bdo\s+not\s+(?:send|route|pass|forward)\s+(?:\w+\s+){0,3}?(?:to|for)\s+(?:human\s+)?review\b",
        # Forge a delimiter or an answer.
        r"</?\s*(?:message|system|instructions?|draft|assistant|user|prompt|admin)\s*/?>|<\|[\w ]{2,20}\|>|\[/?inst\]|<<\s*sys\s*>>",
        r"^\s*(?:###|---|\*\*\*)\s*(?:new\s+|end\s+of\s+)?(?:system|instructions?|assistant|human|user|prompt|important)\b[^\n]{0,40}",
        r"\{\s*\"(?:kind|zones|role|zone|field)\"\s*:\s*[\"\[]",
        r"^\s*(?:system|assistant)\s*:\s",
    )
)

DICTATING = (
    r"set|change|put|make|update|overwrite|replace|use|enter|fill\s+in|correct|setze?n?|andern?|andere|aktualisier\w*|trag\w*|verwende\w*|"
    r"mets|mettez|changez?|remplacez?|utilisez?|pon(?:ga)?|cambi[ae]\w*|establ\w+|usa|use|imposta\w*|modific\w+|defina|altere|mude|coloque|"
    r"zet|wijzig|verander|gebruik"
)
LINKS = r"to|=|as|with|auf|als|zu|durch|a|à|en|par|comme|por|como|su|con|come|per|para|em|op|naar|in|is|met"
MUST_BE = (
    r"(?:must|should|has\s+to|have\s+to|shall|needs\s+to)\s+(?:be|read|say)|(?:muss|soll|sollte)\s+(?:\S+\s+){1,4}?(?:sein|lauten|heissen)|"
    r"(?:muss|soll)\s+(?:sein|lauten)|doit\s+etre|debe\s+ser|deve\s+essere|deve\s+ser|moet\s+\S+\s+zijn|moet\s+zijn"
)
CHANGED = (
    r"(?:has|have)\s+(?:been\s+)?changed|(?:hat|haben)\s+sich\s+geandert|(?:wurde|hat)\s+geandert|a\s+change|ont\s+change|ha\s+cambiado|han\s+cambiado|"
    r"e\s+cambiat[oa]|sono\s+cambiat[ie]|mudou|mudaram|is\s+gewijzigd|zijn\s+gewijzigd"
)
SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
