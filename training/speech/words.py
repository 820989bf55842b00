"""Ordinary English words and loose frames for them, so that the model knows more than the help desk's language.

The frames make sentences of sound grammar and no sense: the decoder then cannot guess a word and has to listen.
"""

NOUNS = (
    "time year people way day man woman thing child world life hand part place week case point government company"
    " number group problem fact house room mother father area money story month lot right study book eye job word"
    " business issue side kind head friend hour game line end member law car city community name president team"
    " minute idea kid body information back parent face others level office door health person art war history party"
    " result change morning reason research girl guy moment air teacher force education foot boy age policy process"
    " music market sense nation plan college interest death experience effect use class control field development"
    " role effort rate heart drug show leader light voice wife police mind price report decision son view relationship"
    " town road arm difference value building action season society tax director position player record paper space"
    " ground form event official matter center couple site project star table need court oil situation cost industry"
    " figure street image phone data picture practice piece land product doctor wall patient worker news test movie"
    " north love south support technology step baby computer type film tree source hair window culture chance brother"
    " energy period course summer plant opportunity term letter condition choice rule daughter husband floor campaign"
    " material population call economy hospital church risk fire future bank security fish store bird dog cat horse"
    " sun moon river sea mountain hill lake island forest garden flower grass leaf stone sand rain snow wind storm"
    " cloud sky weather winter spring autumn bread butter cheese milk water coffee tea sugar salt meat rice soup apple"
    " orange banana lemon tomato potato onion carrot egg cake chocolate juice beer wine glass cup plate knife fork"
    " spoon kitchen bedroom bathroom chair desk bed lamp clock mirror shelf box bag bottle key lock shirt trousers"
    " coat shoe sock hat dress skirt jacket ring watch umbrella train bus plane ship boat bicycle truck bridge airport"
    " station hotel restaurant shop school university library museum theater cinema park square corner map sign ticket"
    " language question answer mistake example lesson page sentence dream sleep smile laugh noise sound song dance"
    " colour shape size weight length height speed distance direction top bottom middle left front behind beginning"
    " sister uncle aunt cousin grandmother grandfather neighbour guest customer seller driver farmer nurse lawyer"
    " engineer artist writer singer soldier king queen prince village country border capital machine engine wheel"
    " button screen camera program file folder message email video website internet network password code system tool"
    " hammer nail rope paint brush pencil pen newspaper magazine novel poem painting statue camera photograph gift"
    " birthday holiday wedding festival meeting visit journey trip tour adventure danger accident fear hope anger joy"
    " pain illness medicine blood bone skin tooth tongue nose ear mouth neck shoulder finger knee leg back stomach"
    " truth lie secret promise duty freedom peace power strength success failure victory defeat skill talent knowledge"
    " wisdom memory thought opinion feeling habit custom tradition religion science nature animal insect snake mouse"
    " elephant lion tiger bear monkey sheep cow pig chicken duck goose frog bee ant spider butterfly gold silver iron"
    " copper wood plastic leather cotton silk wool metal visitor desk avatar robot wallet token helper expert beginner"
).split()

VERBS = (
    "have do say go get make know think take see come want look use find give tell work call try ask need feel become"
    " leave put mean keep let begin seem help talk turn start show hear play run move like live believe hold bring"
    " happen write provide sit stand lose pay meet include continue set learn change lead understand watch follow stop"
    " create speak read allow add spend grow open walk win offer remember love consider appear buy wait serve die send"
    " expect build stay fall cut reach kill remain suggest raise pass sell require report decide pull break return"
    " explain hope develop carry receive agree support hit produce eat cover catch draw choose cause point listen"
    " realize place close involve increase touch describe wish drop push fill miss share enter drive ride fly swim sing"
    " dance cook bake wash clean dry paint fix repair throw kick jump climb hide seek smile laugh cry shout whisper"
    " answer teach study practice finish collect count measure weigh compare check test prove guess wonder doubt forget"
    " forgive thank invite welcome visit travel arrive depart stay rest sleep wake dream breathe smell taste drink feed"
    " plant pick gather burn freeze melt boil mix pour spill tie fold wrap pack load carry lift drag shake bend tear"
    " sew print copy record delete save borrow lend owe earn spend steal rob attack defend protect fight shoot hunt"
    " fish marry greet hug kiss argue complain apologize admit deny refuse accept approve reject warn threaten order"
    " obey disturb interrupt surprise annoy bother please enjoy hate prefer avoid prevent manage control guide arrange"
    " organize prepare plan imagine invent discover explore search notice recognize identify connect join separate"
    " divide repeat replace remove destroy damage improve reduce double spread cross pray vote belong depend exist"
    " matter contain consist concern affect influence encourage persuade convince inform announce publish translate"
).split()

ADJECTIVES = (
    "good new first last long great little own other old right big high different small large next early young important"
    " few public bad same able free true whole real best better sure clear recent certain personal open red difficult"
    " available likely short single medical current wrong private past foreign fine common poor natural significant"
    " similar hot dead central happy serious ready simple left physical general environmental financial blue democratic"
    " dark various entire close legal religious cold final main green nice huge popular traditional cultural wide white"
    " black yellow brown pink purple grey bright heavy light easy hard soft loud quiet fast slow quick strong weak rich"
    " cheap expensive clean dirty dry wet full empty warm cool deep shallow thick thin narrow flat round sharp smooth"
    " rough sweet bitter sour fresh strange normal special perfect terrible wonderful beautiful ugly pretty handsome"
    " clever stupid wise brave shy proud angry sad tired hungry thirsty sick healthy busy lazy lucky lonely famous"
    " careful careless polite rude honest friendly gentle cruel calm nervous afraid worried excited bored curious"
    " surprised jealous generous selfish patient modern ancient digital virtual electronic automatic professional local"
    " national global international official safe dangerous possible impossible necessary useful useless broken secret"
    " hidden visible silent golden wooden strict tiny giant extra double daily weekly monthly annual temporary permanent"
).split()

ADVERBS = (
    "now then here there today tomorrow yesterday always never often sometimes usually rarely again already still yet"
    " soon later early late quickly slowly carefully easily really very too quite almost only just even also maybe"
    " perhaps probably certainly together alone away back home outside inside upstairs downstairs everywhere nowhere"
    " anywhere somewhere suddenly finally recently once twice first last well badly hard fast straight forward loudly"
    " quietly exactly completely nearly instead anyway otherwise twice tonight immediately directly properly honestly"
).split()

NAMES = (
    "john mary james anna peter susan david linda michael sarah robert emma william olivia thomas sophia daniel julia"
    " martin laura paul helen mark alice george kate henry lucy frank rose london paris berlin tokyo china america"
    " europe england japan germany france india africa canada australia new york monday tuesday wednesday thursday"
    " friday saturday sunday january february march april june july august september october november december"
    " english chinese french german spanish american european"
).split()

DETERMINERS = ("the|a|this|that|my|your|his|her|our|their|every|each|some|any|no|one|another|which|whose").split("|")
FRAMES = (
    "{d} {n} is {a}|{d} {a} {n}|i {v} the {n}|they {v} {d} {n}|we {v} it {r}|she will {v} {d} {n}|he did not {v} {d} {n}"
    "|do you {v} {d} {n}|can they {v} {d} {a} {n}|{d} {n} and {d} {n}|there was {d} {a} {n} in the {n}|you should {v} {r}"
    "|{m} wants to {v} the {n}|{m} and {m} {v} {d} {n}|did {m} {v} {d} {n}|{d} {n} of {d} {n} was {a}|it is {r} {a}"
    "|please {v} the {n} {r}|if you {v} {d} {n} they will {v}|because {d} {n} was {a} we had to {v}|{n} {n} {n}"
    "|{a} {n} {v} {r}|{v} {n} {a}|{n} or {n}|when {d} {n} comes we {v}|what {n} do they {v}|who would {v} {d} {n}"
    "|from {d} {n} to {d} {n}|with {d} {n} under {d} {n}|not {a} but {a}|as {a} as {d} {n}|more {a} than {d} {n}"
    "|he has been to the {n} before|i am {r} at the {n}|were you {a} at {d} {n}|nobody could {v} {d} {a} {n}|let us {v} {r}"
    "|he was {v}ing {d} {n}|{n}s and {n}s|two {n}s {r}|all the {n}s were {a}|how {a} the {n} is|where does {m} {v}"
    "|why would they {v} {d} {n}|between the {n} and the {n}|about {d} {n} and its {n}|it looks {a} to me|{m} said so"
    "|i have never {v}ed it|she {v}ed {d} {n}|until they {v} us|without {n} nor {n}|{r} {r}|{n}|{v}|{a}|{n} {n}|{w} {w}"
    "|{w} {w} {w}|{w} {w} {w} {w}|{w} {w} {w} {w} {w}|{d} {w} {w} in {d} {w} {w}|those {w} have {w}|these {w} had {w}"
).split("|")

_IRREGULAR_ED = {  # verbs that do not take -ed: their past tense instead
    "have": "had", "do": "did", "say": "said", "go": "went", "get": "got", "make": "made", "know": "knew",
    "think": "thought", "take": "took", "see": "saw", "come": "came", "find": "found", "give": "gave", "tell": "told",
    "feel": "felt", "become": "became", "leave": "left", "put": "put", "mean": "meant", "keep": "kept", "let": "let",
    "begin": "began", "hear": "heard", "run": "ran", "hold": "held", "bring": "brought", "write": "wrote",
    "sit": "sat", "stand": "stood", "lose": "lost", "pay": "paid", "meet": "met", "set": "set", "lead": "led",
    "understand": "understood", "speak": "spoke", "read": "read", "spend": "spent", "grow": "grew", "win": "won",
    "buy": "bought", "send": "sent", "build": "built", "fall": "fell", "cut": "cut", "sell": "sold",
    "break": "broke", "hit": "hit", "eat": "ate", "catch": "caught", "draw": "drew", "choose": "chose",
    "drive": "drove", "ride": "rode", "fly": "flew", "swim": "swam", "sing": "sang", "throw": "threw", "hide": "hid",
    "seek": "sought", "teach": "taught", "forget": "forgot", "forgive": "forgave", "sleep": "slept", "wake": "woke",
    "drink": "drank", "feed": "fed", "freeze": "froze", "shake": "shook", "bend": "bent", "tear": "tore",
    "lend": "lent", "steal": "stole", "fight": "fought", "shoot": "shot", "spread": "spread", "sew": "sewed",
}  # fmt: skip


def past(verb: str) -> str:
    """The past tense, well enough for training sentences."""
    if verb in _IRREGULAR_ED:
        return _IRREGULAR_ED[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    if verb in ("stop", "drop", "plan", "hug", "rob", "drag", "wrap", "prefer", "permit", "admit", "beg", "shop"):
        return verb + verb[-1] + "ed"
    return verb + "ed"


def gerund(verb: str) -> str:
    """The form in -ing."""
    if verb in ("die", "lie", "tie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and verb not in ("see", "be", "agree"):
        return verb[:-1] + "ing"
    if verb in (
        "stop drop plan hug rob drag wrap prefer admit get put let run sit set cut win hit swim begin forget".split()
    ):
        return verb + verb[-1] + "ing"
    return verb + "ing"


def plural(noun: str) -> str:
    """The plural, well enough for training sentences."""
    special = {"man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth", "mouse": "mice",
               "person": "people", "wife": "wives", "life": "lives", "leaf": "leaves", "knife": "knives"}  # fmt: skip
    if noun in special:
        return special[noun]
    if noun.endswith(("s", "sh", "ch", "x")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"
