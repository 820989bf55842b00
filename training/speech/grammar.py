"""The grammar of what visitors say at a help desk: slots and templates.

`{name}` in a template is replaced by one of the slot's alternatives (which may hold slots themselves).
Everything is lower case, numbers are words, punctuation is left out: this is how the model writes.
TEST_TEMPLATES are never used for training; they are the sentences that the evaluation asks.
"""

SLOTS: dict[str, str] = {
    # What visitors have, lose and ask about.
    "wallet": "wallet|crypto wallet|hardware wallet|software wallet|mobile wallet|browser wallet|paper wallet"
    "|cold wallet|hot wallet|custodial wallet|shared wallet|multisig wallet|watch only wallet|empty wallet",
    "secret": "seed phrase|recovery phrase|private key|secret phrase|secret key|backup phrase|pin code|pin"
    "|password|passphrase|recovery words|twelve words|twenty four words|backup code|extended key|public key",
    "token": "token|coin|stablecoin|utility token|governance token|land token|reward token|meme coin|wrapped token"
    "|native token|nft|collectible|digital collectible|digital art|digital asset|nft collection|soulbound token|badge",
    "land": "land|virtual land|parcel|plot|estate|parcel of land|piece of land|plot of land|virtual property|building"
    "|virtual house|district|scene|land deed|corner plot",
    "account": "account|user account|profile|user name|email address|email|phone number|login|password|identity"
    "|verification|two factor code|passkey|session|display name|language setting|notification setting|country"
    "|birth date|subscription|membership",
    "event": "event|concert|conference|workshop|talk|keynote|panel|exhibition|opening party|tour|meetup|launch"
    "|press conference|fashion show|art show|auction|tournament|hackathon|live stream|session|premiere|webinar|gala",
    "ticket": "ticket|event pass|day pass|season pass|guest pass|vip pass|press pass|badge|wristband|entry code"
    "|qr code|invitation|receipt|booking|reservation|seat|group ticket|student ticket|early bird ticket",
    "device": "headset|vr headset|controller|microphone|speaker|camera|screen|phone|tablet|laptop|computer|browser"
    "|graphics card|keyboard|mouse|battery|charger|hand tracking|internet connection|ledger|hardware device|app",
    "avatar": "avatar|outfit|hair style|clothes|shoes|hat|skin|face|body|voice|emote|gesture|wearable|jacket|dress"
    "|glasses|animation|name tag|dance move|hair color|eye color|costume",
    "chain": "network|main net|test net|chain|block chain|bridge|side chain|layer two|roll up|node|validator"
    "|smart contract|contract|explorer|block explorer|oracle|protocol|sidechain|blockchain|mainnet|testnet",
    "money": "payment|transaction|transfer|deposit|withdrawal|refund|purchase|order|swap|trade|balance|fee|gas fee"
    "|network fee|service fee|exchange rate|price|royalty|tax|invoice|credit card|bank transfer|bank account|gift card"
    "|money|funds|salary|cash|limit order|interest",
    "defi": "staking|staking reward|reward|yield|liquidity pool|lending|loan|governance vote|vote|proposal|airdrop"
    "|token sale|claim|mint|auction|bid|offer|listing|unstaking period|exchange|decentralized exchange|dao|treasury"
    "|market|marketplace|order book|slippage|impermanent loss|burn",
    "risk": "phishing|scam|fake website|fake support|phishing email|suspicious link|hacker|virus|malware|stolen nft"
    "|rug pull|fake token|impostor|spam message|fraud|unknown sender|fake airdrop|strange message|social engineering"
    "|dust attack|sim swap|data breach|bad contract|wrong network",
    "privacy": "data|personal data|location|voice recording|recording|chat history|conversation|transcript|cookies"
    "|privacy policy|privacy settings|consent|photo|messages|history|wallet address|terms of service|my information"
    "|movement data|eye tracking|name",
    "place": "help desk|main stage|lobby|gallery|market|trading floor|expo hall|entrance|exit|parking|parking lot"
    "|restroom|toilet|cafe|restaurant|bar|info booth|data platform|metaverse|second floor|first floor|press room"
    "|workshop|security desk|charging station|cloak room|elevator|stairs|ticket counter|lounge|garden|plaza|theater"
    "|museum|shop|gift shop|teleport|portal|spawn point|beach|arena|office|library|roof|meeting room|first aid room"
    "|bus stop|train station|airport|hotel|atm|bank|prayer room|quiet room|kids area|wheelchair ramp|water fountain",
    "thing": "{wallet}|{secret}|{token}|{land}|{account}|{event}|{ticket}|{device}|{avatar}|{chain}|{money}|{defi}"
    "|{privacy}",
    "own": "{wallet}|{token}|{land}|{account}|{ticket}|{device}|{avatar}|{money}|{secret}|{defi}",
    "concept": "{thing}|{risk}|{chain}|{defi}|{token}|metaverse|cryptocurrency|bitcoin|ethereum|digital signature"
    "|hash|block|gas|nonce|mining|proof of stake|proof of work|consensus|encryption|end to end encryption|open source"
    "|augmented reality|virtual reality|mixed reality|artificial intelligence|machine learning|decentralization"
    "|zero knowledge proof|cold storage|key pair|checksum|derivation path|allowance|token approval|metadata|royalties",
    "who": "i|we|you|my friend|the visitor|a new user|my team|someone|my company|my wife|my husband|my brother"
    "|my sister|my daughter|my son|a child|a guest|my boss|people|everybody|an artist|a creator|a speaker|they",
    "verb": "connect|open|close|find|send|receive|buy|sell|move|verify|recover|reset|protect|delete|change|update"
    "|check|cancel|track|unlock|link|export|import|back up|create|freeze|report|claim|swap|mint|use|see|show|share"
    "|hide|restore|remove|add|install|set up|stake|unstake|bridge|transfer|rent|lend|borrow|list|burn|approve|revoke"
    "|sign|scan|print|download|upload|charge|replace|return|rename|edit|customize|trade|withdraw|deposit|pay for"
    "|register|confirm|disable|enable|turn on|turn off|log out of|log in to|speed up|block|store|keep|get|give away"
    "|wear|try on|join|leave|visit|enter|reserve|book|exchange|split|merge|build on|design|test|fix|repair|move",
    "past": "lost|forgot|changed|deleted|sold|bought|sent|received|shared|opened|closed|paid for|broke|found|missed"
    "|transferred|moved|claimed|signed|updated|linked|ordered|cancelled|reserved|dropped|exported|staked|minted",
    "state": "missing|locked|pending|stuck|lost|stolen|expired|wrong|slow|broken|not working|frozen|gone|empty|late"
    "|confirmed|blocked|invisible|too high|too low|too slow|too expensive|rejected|failed|declined|unavailable|full"
    "|hacked|suspended|closed|disconnected|not loading|not responding|out of sync|different|very old|new|upside down"
    "|safe|public|hidden|used already|not showing up|still waiting|black|silent|hot|ready|wet",
    "when": "today|tomorrow|tonight|right now|this morning|this afternoon|this evening|yesterday|last night|next week"
    "|last week|on monday|on tuesday|on wednesday|on thursday|on friday|on saturday|on sunday|next month|last month"
    "|in january|in february|in march|in april|in may|in june|in july|in august|in september|in october|in november"
    "|in december|this year|next year|last year|an hour ago|a minute ago|two days ago|again|at noon|at midnight"
    "|at {clock}|in {small} {timeunit}|{small} {timeunit} ago|every day|later|soon|already|before the event"
    "|after the show|at the weekend|in the morning|in the evening|all day",
    "clock": "{hour} o'clock|{hour} thirty|{hour} fifteen|half past {hour}|quarter past {hour}|quarter to {hour}"
    "|{hour} a m|{hour} p m|{hour} in the morning|{hour} in the evening|{hour} forty five|ten past {hour}",
    "hour": "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve",
    "small": "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty"
    "|a few|several|many",
    "timeunit": "minutes|hours|days|weeks|months|years|seconds|minute|hour|day|week",
    "unit": "dollars|euros|coins|tokens|tickets|people|points|percent|cents|pounds|yuan|ether|bitcoin|parcels|items"
    "|credits|dollar|euro|meters|kilometers|words|letters|stars|times|megabytes|avatars|visitors|seats",
    "lang": "english|chinese|spanish|german|french|japanese|korean|italian|portuguese|mandarin|arabic|russian|hindi",
    "polite": "please|could you please|can you|could you|would you|i would like you to|i want you to|i need you to"
    "|will you|can you please|would you mind to|kindly",
    "start": "how do i|how can i|how do we|how could i|how should i|how would i|can you tell me how to"
    "|could you explain how to|what is the best way to|is there a way to|is it possible to|i want to|i need to"
    "|i would like to|i'd like to|i am trying to|i'm trying to|help me|please help me|can i|may i|am i allowed to"
    "|do i have to|do i need to|why can't i|why can i not|i cannot|i can't|i could not|where do i|where can i"
    "|when can i|how much does it cost to|how long does it take to|what do i need to|should i|is it safe to"
    "|is it free to|i don't know how to|i forgot how to|teach me how to|show me how to|what happens if i"
    "|what if i|who can help me|do you know how to|tell me how to|can someone|i was told to|let me|steps to"
    "|what is the easiest way to|does it cost anything to|i wish to|how often should i|can my friend",
    "what": "what is|what's|what are|what exactly is|what does it mean when people say|can you explain|explain|define"
    "|tell me about|tell me more about|what do you mean by|can you tell me what is|i don't understand|describe"
    "|what can you tell me about|give me information about|i want to know about|information on|who invented"
    "|what is the meaning of|what's the point of|why do i need|who needs|i have a question about|more about"
    "|i heard about|talk to me about|what is the difference between|what kinds of things are|any news about",
    "filler": "um|uh|well|so|okay so|hello|hi|hey|excuse me|sorry|hello there|good morning|good afternoon|good evening"
    "|actually|look|listen|oh|right|hi there|pardon me|thanks|okay|now|you know|like|i mean|one more thing"
    "|another question|quick question|by the way|basically|just wondering|hm|yeah|alright|sir|madam|maybe",
    "tail": "please|thank you|thanks|again|right now|for me|here|if you can|as soon as possible|in the metaverse"
    "|on my phone|on the platform|at the desk|without a computer|from my wallet|with my phone|on this network"
    "|in this app|by myself|for my friend|for the event|in {lang}|for free|safely|quickly|from home|on a mac"
    "|in the browser|when i am offline|in simple words|step by step|one more time|or not|then|too|instead|anymore",
}

TRAIN_TEMPLATES: list[str] = [
    *["{start} {verb} my {own}"] * 10,
    *["{start} {verb} a {thing}"] * 4,
    *["{start} {verb} the {thing}"] * 4,
    *["{start} {verb} my {own} {tail}"] * 4,
    *["{filler} {start} {verb} my {own}"] * 3,
    *["{what} a {concept}", "{what} the {concept}", "{what} {concept}", "{what} my {own}"] * 3,
    *["what is the difference between a {concept} and a {concept}", "is a {concept} the same as a {concept}"] * 2,
    *["where is the {place}", "where can {who} find the {place}", "how do i get to the {place}"] * 2,
    *["why is my {own} {state}", "my {own} is {state}", "the {thing} is {state}", "is my {own} {state}"] * 3,
    *["i {past} my {own}", "i {past} my {own} {when}", "i think i {past} my {own}", "{who} {past} the {thing}"] * 2,
    *["someone {past} my {own}", "my {own} was {state} {when}", "what should i do if my {own} is {state}"],
    "can {who} {verb} the {thing} {when}",
    "{polite} {verb} my {own}",
    "{polite} {verb} the {thing} {tail}",
    "is it safe to {verb} my {own}",
    "is it safe to share my {own}",
    "how long does a {money} take",
    "how long does the {thing} last",
    "how much is the {thing}",
    "how much is a {token}",
    "how much does a {thing} cost",
    "how many {token}s can i have",
    "it costs {small} {unit}",
    "i waited {small} {timeunit} for my {own}",
    "i sent {small} {unit} to the {thing}",
    "i have {small} {unit} in my {wallet}",
    "when does the {place} open {when}",
    "when does the {event} start",
    "when is the {event}",
    "what time does the {event} begin {when}",
    "who is speaking at the {event}",
    "how far is the {place} from the {place}",
    "how do {who} get from the {place} to the {place}",
    "show me the {place}",
    "take me to the {place}",
    "the {thing} on the {place} is {state}",
    "{who} asked for my {secret}",
    "somebody asked me for my {secret}",
    "should i tell you my {secret}",
    "who can see my {privacy}",
    "do you store my {privacy}",
    "do you record my {privacy}",
    "how do you protect my {privacy}",
    "i want you to delete my {privacy}",
    "can i see my {privacy}",
    "is this {risk}",
    "is this a {risk}",
    "i think this is a {risk}",
    "how do i spot a {risk}",
    "i clicked on a {risk}",
    "i got a {risk} {when}",
    "how can i protect myself from {risk}",
    "what should i do about a {risk}",
    "did my {own} arrive {when}",
    "do {who} need a {thing} for the {place}",
    "do i need a {device} for the {event}",
    "which {thing} works at the {place}",
    "which {device} do i need",
    "which {chain} does it use",
    "does the {event} need a {ticket}",
    "the {place} is closed {when}",
    "is the {place} open {when}",
    "can i pay {small} {unit} with my {own}",
    "can i bring my {device} to the {event}",
    "can i change the {avatar} of my avatar",
    "how do i change my {avatar}",
    "i don't like my {avatar}",
    "my {device} does not work with the {thing}",
    "my {ticket} does not open the {place}",
    "why do i pay a {money}",
    "why is the {money} so high",
    "who sets the {money}",
    "who owns the {land}",
    "can i build a {thing} on my {land}",
    "can i rent out my {land}",
    "what can i do with a {token}",
    "what can i do with my {land}",
    "there is a problem with my {own}",
    "i have a problem with the {thing}",
    "i have trouble with my {own}",
    "i have a question about the {thing}",
    "no not the {thing} the {thing}",
    "i said {concept} not {concept}",
    "i meant the {thing}",
    "my question is about {concept}",
    "{concept}",
    "my {own}",
    "lost {own}",
    "{verb} {own}",
    "{filler} {what} a {concept}",
    "{filler} where is the {place}",
    "{filler} my {own} is {state}",
    "{filler} i {past} my {own} {when}",
    "{filler} {polite} {verb} my {own} {tail}",
    "the {event} is {when} at the {place}",
    "see you at the {place} {when}",
    "i will be at the {place} {when}",
    "{who} will {verb} the {thing} {when}",
    "{who} would like to {verb} a {thing}",
    "do {who} {verb} the {thing} {when}",
    "does my {device} {verb} the {thing}",
    "we {past} the {thing} and the {thing} {when}",
    "is there a {thing} at the {place}",
    "is there a limit for {thing}s",
    "are {token}s legal",
    "are there any {event}s {when}",
    "can a {thing} be {state}",
    "does it work without a {device}",
    "the {chain} is {state} {when}",
    "send it to my {account}",
    "i was charged twice for my {ticket}",
    "i want a refund for my {ticket}",
    "my {money} has not arrived {when}",
    "the {money} was {state}",
    "it says my {own} is {state}",
    "it says the {thing} has {state}",
]

TEST_TEMPLATES: list[str] = [
    "tell me please how one can {verb} a {own}",
    "my {device} says that the {thing} is {state}",
    "i bought a {ticket} for the {event} but it is {state}",
    "could the {place} be near the {place}",
    "whom do i ask about a {risk}",
    "before i {verb} the {thing} what must i know about {concept}",
    "we would rather {verb} our {own} {when}",
    "what would a {thing} cost {who}",
    "since {when} the {own} seems {state}",
    "explain to a beginner what a {concept} does",
    "have you got a {thing} for my {land}",
    "does anyone {verb} a {token} with a {wallet}",
]

COMMANDS: list[str] = (
    "yes|no|yes please|no thank you|no thanks|okay|ok|sure|of course|yeah|yep|nope|maybe|not now|not yet|stop|please stop"
    "|stop talking|stop it|be quiet|quiet please|wait|wait a moment|one moment|hold on|just a second|pause|go on"
    "|continue|carry on|keep going|next|next one|previous|back|go back|go back please|start over|start again|restart"
    "|begin again|from the beginning|repeat|repeat that|please repeat|can you repeat that|say that again|say it again"
    "|once more|again please|again|pardon|what|what did you say|sorry what|i did not hear you|i can't hear you"
    "|slower|slower please|speak slower|please speak more slowly|slow down|faster|speak faster|speed up|louder"
    "|louder please|speak louder|volume up|turn it up|quieter|softer|volume down|turn it down|mute|unmute|mute yourself"
    "|help|help me|help please|i need help|can you help me|what can you do|what can i ask|what can i say|who are you"
    "|what are you|what is your name|are you a robot|are you a bot|are you human|are you real|am i talking to a person"
    "|talk to a person|talk to a human|i want to talk to a person|i want to speak to a human|speak to an agent"
    "|let me talk to someone|connect me to an agent|real person please|human please|agent|agent please|operator"
    "|get me a person|call a person|i would like to talk to a human|can i talk to a real person|supervisor|manager"
    "|one|two|three|four|five|one star|two stars|three stars|four stars|five stars|five stars please|zero stars"
    "|i give you five stars|four out of five|good|very good|great|excellent|perfect|nice|not good|bad|terrible|awful"
    "|it was great|it was okay|i am happy|i am not happy|i'm satisfied|rate|rate the conversation|skip|skip it"
    "|skip the rating|no rating|resolved|yes it was resolved|not resolved|that solved it|that did not help|that helped"
    "|that was helpful|that's right|that's wrong|that is not what i meant|correct|wrong|exactly|i agree|i accept"
    "|i do not agree|accept|decline|allow|deny|cancel|cancel that|confirm|submit|send|send it|delete|delete that|undo"
    "|done|i am done|i'm done|finished|that's all|that is all|nothing else|no more questions|that will be all"
    "|exit|quit|end|end the conversation|finish|close|goodbye|bye|bye bye|see you|see you later|have a nice day"
    "|thank you|thanks|thank you very much|thanks a lot|thank you for your help|thanks for your help|many thanks"
    "|hello|hi|hey|hi there|hello there|good morning|good afternoon|good evening|good day|how are you|how do you do"
    "|nice to meet you|change language|change the language|switch language|english|english please|speak english"
    "|in english|chinese|chinese please|speak chinese|switch to chinese|switch to english|change to chinese|mandarin"
    "|i don't understand|i do not understand|i don't know|i don't care|what does that mean|explain that|more details"
    "|tell me more|more|less|shorter|shorter please|longer|in short|for experts|for beginners|simple words please"
    "|explain it simply|give me an example|read it to me|read the article|show me|show me more|show the article"
    "|show captions|hide captions|turn on captions|bigger text|larger text|smaller text|open the menu|close the menu"
    "|main menu|home|settings|options|browse|browse articles|search|the first one|the second one|the third one"
    "|the last one|number one|number two|number three|the other one|both|none|neither|all of them|left|right|up|down"
    "|stay|i am still here|i'm still here|are you there|are you listening|can you hear me|do you hear me|hello hello"
    "|test|testing|testing one two three|check check|i have a question|another question|one more question"
    "|i have another question|new question|question|i have a problem|i have a complaint|complaint|i want to complain"
    "|open a case|report a problem|report a bug|this is urgent|emergency|call security|never mind|forget it"
    "|forget about it|just looking|nothing|leave me alone|delete my data|do not record me|don't record"
    "|stop recording|is this recorded|what time is it|what day is it|where am i|what is this place|tell me a joke"
    "|how old are you|where are you from|i love you|you are great|you are funny|sing a song|what is the weather"
).split("|")

TEST_COMMANDS: list[str] = (
    "yes stop|no go back|please slow down|louder again|stop please|could you repeat|repeat it please|okay go on"
    "|no start over|i want a person|talk to a real person|give me an agent|yes five stars|three stars please"
    "|thanks bye|hello are you there|change to english|switch to chinese please|thank you goodbye|help me please"
    "|show me that again|wait please|no never mind|yes that helped|no that did not help|the second one please"
    "|speak quieter|a person please|say that slower|continue please"
).split("|")
