"""How a letter opens and closes in English, German, French, Spanish, Italian, Dutch, Polish and Portuguese."""

import re

_OPENINGS = (
    "dear|hi|hello|hey|good (?:morning|afternoon)|to whom it may concern",
    "sehr geehrte\\w*|liebe\\w*|hallo|guten (?:tag|morgen)",
    "bonjour|cher|chère|madame|monsieur",
    "hola|estimad\\w+|buenos días|buenas",
    "gentile|egregi\\w+|buongiorno|buonasera|salve|ciao|spett\\.\\w+",
    "beste|geachte|goedemorgen|goedendag|hoi",
    "szanown\\w+|dzień dobry|prezad\\w+|caro|cara|bom dia|boa tarde|olá",
)
_CLOSINGS = (
    "(?:(?:kind|best|warm|with kind)\\s+)?regards|best wishes|best|thanks|thank you|many thanks|sincerely|cheers",
    "yours \\w+",
    "mit (?:freundlichen|besten) grüßen|(?:viele|beste|liebe|freundliche|herzliche) grüße|mfg|lg|vg|danke|vielen dank",
    "(?:bien )?cordialement|bien à vous|salutations(?: distinguées)?|merci(?: d'avance)?",
    "(?:un (?:caro |cordiale )?|cordiali |distinti |cari )?salut[oi]|grazie(?: mille)?|in fede",
    "met (?:vriendelijke|hartelijke) groet(?:en)?|(?:vriendelijke )?groet(?:en|jes)?|bedankt|hoogachtend",
    "z poważaniem|pozdrawiam|dziękuję|atenciosamente|(?:com os melhores )?cumprimentos|obrigad[oa]|abraço",
    "(?:un )?saludos?(?: cordial(?:es)?)?|atentamente|(?:muchas )?gracias",
)

GREETING = re.compile(rf"^\s*(?:{'|'.join(_OPENINGS)})\b[^\n]{{0,60}}$", re.IGNORECASE)
"""A line that greets."""

CLOSING = re.compile(
    rf"^\s*(?:{'|'.join(_CLOSINGS)})(?:\s+(?:in advance|im voraus|and regards))?\s*[,.!]?\s*$", re.IGNORECASE
)
"""A line that only takes leave."""

CLOSING_WITH_NAME = re.compile(
    rf"\b(?:{'|'.join(_CLOSINGS)}|groeten|saluti)\s*[,.!]\s*(?P<name>[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){{1,3}})\s*$",
    re.IGNORECASE,
)
"""A line that ends with taking leave and a full name."""
