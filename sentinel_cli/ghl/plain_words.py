"""The words of the trade, by which an error of GHL's is told without anybody's name in it; refuses to know errors."""

import re

__all__ = ["plain_words"]

_WORDS = frozenset(
    """
    a access account action active after again all already also an and any api app are array as at authorization
    authorized bad be been before between blocked body boolean busy by call cannot carrier channel character
    characters client code conflict contact contacts conversation conversations could create date delete denied does
    dnd due during email empty endpoint error exceed exceeded exist exists expired failed failure fetch field file
    following for forbidden format found from gateway get got greater has have header here html id ids in inactive
    inbound internal invalid is iso it json jwt key landline less level limit location login long longer made
    malformed many maximum message messages method minimum missing more must need no not now null number object of
    on one only operation or order outbound page parameter path payload permission permissions phone please post
    private property provide provided put query quota rate reached read recording refused request requests required
    resource response retry route scope scopes seconds send server service session should size sms something sort
    sorry status string subscription sub-account support supported temporarily than that the there this time timed
    timeout to token too type unable unauthorized unavailable undefined unexpected unknown unprocessable
    unsubscribed unsupported up update upstream user users valid validation value values version want was webhook
    went were whitespace with without write wrong yet you your down contactid conversationid locationid messageid
    userid startdate enddate sortby sortorder startafterdate lastmessageid integration 1 10 20 100 500 1000 1010
    1600 8601
    """.split()  # noqa: SIM905 - sixteen lines instead of two hundred
)

_PUNCTUATION = ".,;:!?()[]'\"`"
_LOOKS_PERSONAL = re.compile(r"[+(]*\d[\d\s().-]{5,}\d|\S+@\S+")
_STARS = re.compile(r"\*\*\*(?: \*\*\*)+")


def plain_words(text: str) -> str:
    """The text with stars for all that is no word of the trade: a name, a number, a phone, what was written."""
    return _STARS.sub("***", " ".join(map(_shown, _LOOKS_PERSONAL.sub("***", text).split())))


def _shown(word: str) -> str:
    """The word or stars; its punctuation stays."""
    bare = word.strip(_PUNCTUATION)
    return word if bare == "" or bare.casefold() in _WORDS else "***" + word[len(word.rstrip(_PUNCTUATION)) :]
