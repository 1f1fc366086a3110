"""Whole texts that wait for no answer: reactions, opt words, replies to reminders, closing acknowledgements.

Every rule reads the whole text and leans one way: where a text might hold a question, an acceptance or a
complaint, it is an ordinary message. It refuses to know what was said before; that is for `answers`.
"""

import re
import unicodedata
from functools import lru_cache

__all__ = [
    "asks",
    "is_acknowledgement",
    "is_auto_reply",
    "is_opt_word",
    "is_reaction",
    "normalised_text",
    "opts_in",
    "opts_out",
]

_OUT_WORDS = frozenset({"stop", "stopall", "unsubscribe"})
_IN_WORDS = frozenset({"start", "unstop"})
_STRAIGHT = str.maketrans({**dict.fromkeys("‘’‚‛", "'"), **dict.fromkeys("“”„‟", '"')})
_QUESTIONS = frozenset("?¿؟❓❔⁉⁈⁇")
_PUNCTUATION = frozenset(" .,!;:'\"-‐–—~*")
_ASKS = re.compile(r"\?|\b(?:reply|text back|confirm|let us know)\b")
_LONGEST_ACKNOWLEDGEMENT = 80

# As phones write them for people without the feature: iPhones a verb, Google Messages and iOS 18 an emoji, between
# spaces of no width. "Questioned" is missing: it asks. The quoted text may hold quotes, but must not end and begin
# again: Loved “A” but can you fix “B”
_REACTION = re.compile(
    r"""(?: (?:liked | loved | disliked | emphasi[sz]ed | laughed\ at
            | removed\ an?\ (?:like | dislike | heart | laugh | exclamation(?:\ mark)?)\ from)
        | (?:reacted\ )? (?P<emoji>[^\w\s!-~“”]+)\ to )\ +
        (?: “[^”]+(?:”[^“”]*)*” | "[^"]+"
          | an?\ (?:image | photo | picture | video | movie | attachment | audio\ message) )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u2060\ufeff\ufe0e\ufe0f"))

_PRAISE = r"(?:great|perfect|perfecto|awesome|excellent|wonderful|fantastic|amazing|beautiful|lovely|cool|nice)"
_THANKED = (
    r"for (?:everything|coming|coming out|reaching out|checking|checking in|following up|letting (?:me|us) know"
    r"|getting back to (?:me|us)"
    r"|(?:(?:all )?(?:of )?(?:your|the|y'all's) )?(?:quick |great |hard |prompt )?"
    r"(?:help|time|work|update|info|information|response|reply|heads up|service|assistance))"
)
_THANKS = (
    r"(?:many |muchas |mil )?(?:thanks|thank (?:you|u|ya|y'all|yall)|thankyou|thx|thanx|thnx|tks|ty|tysm|gracias)"
    rf"(?: {_THANKED})?"
    r"|(?:(?:i|we) )?(?:really |truly |do )*appreciate (?:it|you|y'all|that|the help|your help)|(?:much )?appreciated"
    r"|(?:god )?bless(?: you)?"
)
_HEARD = (
    r"k|kk|ok|okay|okie dokie|okey dokey|alright|alrighty|all right|will do|got it|gotcha|understood|noted"
    r"|copy|copy that|roger|roger that|10 4|makes sense|received|good deal|good to know"
    rf"|(?:that )?sounds (?:good|like a plan|{_PRAISE})|(?:(?:that's|thats|that is|it's) )?{_PRAISE}|de nada"
    r"|no (?:problem|prob|worries)|np|you're welcome|youre welcome|your welcome|you too|same to you|my pleasure"
)
_PARTING = (
    r"(?:(?:i'll|we'll|will) )?see (?:you|ya|u|y'all|yall|you all|you guys)(?: (?:then|there|soon|later))?"
    r"|(?:talk|speak)(?: to you)? (?:then|soon|later)|looking forward to it|take care|bye|goodbye|good night"
    r"|(?:you )?have an? (?:great|good|nice|wonderful|blessed) (?:day|one|night|evening|afternoon|weekend|week)"
)
_FILLERS = (
    r"so much|very much|a lot|a bunch|a ton|a million|again|then|very good|all|everyone|everybody|guys|folks|team"
    r"|y'all|yall|you all|you guys|sir|ma'am|maam|mam|man|buddy|bro|dude|friend|oh|ah|haha|lol|yay|good"
)
_SMILE = re.compile(r"(?<!\S)(?:[:;=]-?[)dp]|<3)(?!\S)")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CLOSING = rf"(?:and )?(?:{_THANKS}|{_HEARD}|{_PARTING})"
# Users are also called "Call Center" or "Help Desk": such words stay words.
_NOT_NAMES = frozenset(
    {"call", "callback", "cancel", "help", "how", "no", "not", "now", "please", "repair"}
    | {"service", "stop", "support", "text", "wait", "when", "where", "why", "yes"}
)
_NODS = frozenset("👍👌🙏🙌👏💯🫡🤝❤🧡💛💚💙💜🤍😊🙂☺😀😃😄😁🤗😍🥰😎")
_FROWNS = frozenset("👎😕😟🙁☹😦😧😨😢😭😥😓😞😔😣😖😩😫😤😠😡🤬😒🙄😑😐😬🤔🤨💔🆘🚨⚠❌🚫🛑🤷🤦🖕😳😱🤒🤢🤮✋⏰⏳⌛")


def normalised_text(text: str | None) -> str:
    """`text` for comparing: NFKC, case folded, quotes straight, white space collapsed; None is the empty text.

    What the webhook and the API show of one message may differ in these (DESIGN, "Facts merge").
    """
    folded = unicodedata.normalize("NFKC", text or "").translate(_STRAIGHT).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def is_reaction(kind: str | None, text: str | None) -> bool:
    """Whether the message is a reaction: GHL says so, or the whole text is one as phones spell it.

    `Liked “…”`, `👍 to "…"`, `Reacted 😂 to “…”`, `Liked an image`, `Removed a heart from “…”`; never `Questioned “…”`.
    """
    if kind == "TYPE_SMS_REACTION":
        return True
    match = _REACTION.fullmatch(" ".join((text or "").translate(_NO_WIDTH).split()))
    return match is not None and _QUESTIONS.isdisjoint(match["emoji"] or "")


def is_opt_word(text: str | None) -> bool:
    """Whether the whole text tells the carrier to stop or start texts; CANCEL, END and QUIT may mean an appointment."""
    return opts_out(text) or opts_in(text)


def opts_out(text: str | None) -> bool:
    """Whether the whole text is STOP, STOPALL or UNSUBSCRIBE; case, punctuation and spaces apart."""
    return _squeezed(text) in _OUT_WORDS


def opts_in(text: str | None) -> bool:
    """Whether the whole text is START or UNSTOP; case, punctuation and spaces apart."""
    return _squeezed(text) in _IN_WORDS


def is_auto_reply(text: str | None, words: frozenset[str]) -> bool:
    """Whether the whole text is one of `words` (AUTO_REPLY_WORDS); case and punctuation apart, "C?" is none."""
    return bool(bare := _bare(text)) and bare in {_bare(word) for word in words}


def is_acknowledgement(text: str | None, names: frozenset[str]) -> bool:
    """Whether the whole text is a closing acknowledgement (DESIGN, §3): thanks, understood, goodbye, nothing else.

    At most 80 characters; every word belongs to a phrase of acknowledgement, a filler or one of `names` (our users',
    whole or in part), and one acknowledgement at least is there, or a lone nod such as 👍. Never with a question mark,
    an unhappy emoji, or a word that may accept or refuse an offer ("yes", "sure", "no thanks", "that works").
    """
    written = (text or "").strip()
    if len(written) > _LONGEST_ACKNOWLEDGEMENT or not _QUESTIONS.isdisjoint(written):
        return False
    said = _SMILE.sub(" ", normalised_text(written))
    words, rest = _words(said), _WORD.sub("", said)
    if not all(_is_harmless(character) for character in rest):
        return False
    return _closes(words, names) if words else not _NODS.isdisjoint(rest)


def asks(text: str | None) -> bool:
    """Whether an automation's text asks for something: "?", or one of four whole phrases such as "let us know".

    A text we do not have asks: it may be a picture, or may not have been shown to us.
    """
    said = normalised_text(text)
    return not said or not _QUESTIONS.isdisjoint(said) or _ASKS.search(said) is not None


def _squeezed(text: str | None) -> str:
    said = normalised_text(text)
    if not _QUESTIONS.isdisjoint(said):
        return ""
    return "".join(character for character in said if character.isalnum())


def _bare(text: str | None) -> str:
    return normalised_text(text).strip(" .,!;:'\"-*()")


def _is_harmless(character: str) -> bool:
    """Plain punctuation, or an emoji (skin tones, joiners and variation selectors included) that does not frown."""
    if character in _FROWNS:
        return False
    return character in _PUNCTUATION or unicodedata.category(character) in {"So", "Sk", "Mn", "Cf"}


def _words(said: str) -> list[str]:
    """The words in order, without accents; letters drawn out ("thankssss") are written once."""
    letters = unicodedata.normalize("NFKD", said)
    plain = "".join(character for character in letters if not unicodedata.combining(character))
    return [re.sub(r"([a-z])\1{2,}", r"\1", word) for word in _WORD.findall(plain)]


def _closes(words: list[str], names: frozenset[str]) -> bool:
    match = _closing_text(names).fullmatch(" ".join(words))
    return match is not None and match["closing"] is not None


@lru_cache(maxsize=8)
def _closing_text(names: frozenset[str]) -> re.Pattern[str]:
    people = {part for name in names for part in _words(normalised_text(name))} - _NOT_NAMES
    aside = "|".join([_FILLERS, *map(re.escape, sorted(people))])
    return re.compile(rf"(?:(?:(?P<closing>{_CLOSING})|{aside})(?: |$))+")
