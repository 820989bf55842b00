#!/usr/bin/env python3
"""tantivy (with jieba for Chinese) beside the search of avatardesk, on the same articles and questions.

    python3 -m venv venv && venv/bin/pip install tantivy jieba        # measured with 0.27.0 and 0.42.1
    venv/bin/python compare.py REPOSITORY                             # a table as Markdown; what was chosen on stderr

`plain`: BM25 over title, questions, keywords and body (without the part for experts, as ours), stems as `en_stem` makes
them, Chinese cut by jieba. `meanings`: each phrase of a group of synonyms.toml gives one more term, in index and question.
`tables`: no stop words either, weak words count 0.3, and what has a word of other subjects is only answered by an article
with it. A score: the article's as one document (of its fields the best counts fully, the others TIE times) plus LAMBDA
times its best phrasing's in a second index. Development data: each listed question, searched with it left out (the n-th of
all articles at once), and tests/data/development.toml. Held out: assets/evaluation. Chosen on development data alone: BOOSTS, TIE, LAMBDA for most first places; when to answer
(best score / terms^POWER >= FLOOR, second / best <= RATIO) for most right with no larger shares of wrong and of answered
other subjects than ours there (LIMITS). `oracle`: that chosen on the held-out questions for no more errors than ours: a
bound, no result. Else it asks back: rightly if the right one is among three with 0.55 of the best score, or `other`.
"""
import itertools, re, sys, time, tomllib, unicodedata
from pathlib import Path
import jieba, tantivy

# Ours: shares of wrong and of answered other subjects, development and held-out; its row. From `knowledge eval`, and of
# decide.rs over the output of `knowledge::fit::print_features`.
LIMITS = {"en": ((124 / 1123, 11 / 200), (3 / 230, 7 / 77)), "zh": ((48 / 509, 3 / 39), (4 / 185, 6 / 62))}
OURS = {"en": "67.9 | 97.0 | 100.0 | 94.3 | 3.9 | 0.4 | 1.3 | 90.9 | | | 0.3",
        "zh": "83.5 | 96.8 | 100.0 | 92.4 | 4.9 | 0.5 | 2.2 | 90.3 | | | 0.3"}
FIELDS = ("title", "questions", "keywords", "body")
BOOSTS = [(1, 1, 1, 1), (2, 2, 2, 1), (3, 3, 2, 1), (1, 3, 1, .5), (1.5, 1, 1.5, .5), (3, 1, 3, .3), (2, 4, 2, .2)]
PAIRS, LAMBDAS, ROOT = list(itertools.product(BOOSTS, (0.0, .3, 1.0))), (0, .5, 1, 2, 4, 1000), Path(sys.argv[1])
SPACES = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
STEMS = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.stemmer("english")).build()
load = lambda name: tomllib.loads((ROOT / name).read_text())
clean = lambda text: unicodedata.normalize("NFKC", text).lower().replace("’", "'")

class Analyzer:
    def __init__(self, language, kind):
        tables = load("assets/knowledge/synonyms.toml")[language]
        lists = [tables[name] if kind == "tables" else [] for name in ("stop", "weak", "foreign")]
        groups = {} if kind == "plain" else {p: name for name, ps in sorted(tables["groups"].items())[::-1] for p in ps}
        self.english, self.jieba = language == "en", jieba.Tokenizer()
        [self.jieba.add_word(word) for word in (*groups, *sum(lists, []))]
        self.meanings = {self.units(phrase): "=" + name for phrase, name in groups.items()}
        phrases = "|".join(map(re.escape, sorted(self.meanings, key=len, reverse=True))) or "(?!)"
        self.phrases = re.compile(rf"(?<!\S)(?:{phrases})(?!\S)" if self.english else phrases)
        self.stop, self.weak, self.foreign = ({"".join(self.words(word)) for word in words} for words in lists)
    def words(self, text):
        if self.english:
            return STEMS.analyze(re.sub(r"n't\b", " not", re.sub(r"\b(can't|cannot)\b", "can not", clean(text))))
        return [w for w in self.jieba.lcut(clean(text)) if re.search(r"\w", w)]  # cut_for_search: worse in development
    def units(self, text):
        return " ".join(self.words(text)) if self.english else "".join(filter(str.isalnum, clean(text)))
    def terms(self, text):
        words = [(w, .3 if w in self.weak else 1) for w in self.words(text) if w not in self.stop]
        return words + [(self.meanings[phrase], 1) for phrase in self.phrases.findall(self.units(text))]

class Search:
    """Both indexes; every article goes without its question at `left_out`."""
    def __init__(self, articles, analyzer, left_out=None):
        self.analyzer, self.ids, self.words, whole, phrasings = analyzer, [*articles], [], [], []
        for number, article in enumerate(articles.values()):
            texts = {f: [" ".join(term for term, _ in analyzer.terms(text)) for place, text in enumerate(article[f])
                         if (f, place) != ("questions", left_out)] for f in FIELDS}
            whole.append({"id": number} | {f: "\n".join(texts[f]) for f in FIELDS})
            phrasings += [{"id": number, "questions": text} for f in FIELDS[:3] for text in texts[f]]
            self.words.append({word for texts in texts.values() for text in texts for word in text.split()})
        start = time.perf_counter()
        self.whole, self.phrasings, self.seconds = self.build(whole), self.build(phrasings), time.perf_counter() - start

    def build(self, documents):
        builder = tantivy.SchemaBuilder().add_integer_field("id", stored=True)
        [builder.add_text_field(field, tokenizer_name="spaces", index_option="freq") for field in FIELDS]
        self.schema = builder.build()
        index = tantivy.Index(self.schema)
        index.register_tokenizer("spaces", SPACES)
        with index.writer(15_000_000, 1) as writer:
            [writer.add_document(tantivy.Document(**document)) for document in documents]
        index.reload()
        return index.searcher()

    def scores(self, searcher, terms, boosts, tie=0.0):
        query, best = tantivy.Query, {}
        of = lambda term, weight: query.disjunction_max_query([query.boost_query(
            query.term_query(self.schema, f, term, "freq"), b * weight) for f, b in zip(FIELDS, boosts) if b], tie)
        asked = [(tantivy.Occur.Should, of(*term)) for term in terms]
        for score, address in searcher.search(query.boolean_query(asked), 3000).hits if terms else ():
            best.setdefault(searcher.doc(address)["id"][0], score)
        return best

    def view(self, text, pairs=PAIRS):
        terms = self.analyzer.terms(text)
        whole = {pair: self.scores(self.whole, terms, *pair) for pair in pairs}
        return self, whole, self.scores(self.phrasings, terms, (0, 1, 0, 0)), dict(terms).keys()

def rank(view, pair, lambda_):
    """The first three with their shares of the best score, that score (0: not to be answered), and how many terms."""
    search, whole, phrasings, terms = view
    scores = {n: whole[pair].get(n, 0) + lambda_ * phrasings.get(n, 0) for n in whole[pair].keys() | phrasings}
    hits = sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:3] or [(0, 1e-9)]
    barred = (terms & search.analyzer.foreign) - search.words[hits[0][0]]
    return [(search.ids[n], score / hits[0][1]) for n, score in hits], 0 if barred else hits[0][1], len(terms) or 1

def count(tried, power=0, floor=0, ratio=1):
    """Shares: first, among three; right, asked back, other, wrong; other subjects not answered."""
    n, own = [0] * 7, sum(wanted is not None for wanted, _ in tried)
    for wanted, (hits, score, terms) in tried:
        answered = score / terms ** power >= max(floor, 1e-6) and (*hits, ("", 0))[1][1] <= ratio
        place = [*(id_ for id_, _ in hits), wanted].index(wanted)
        verdict = (5 if place else 2) if answered else 3 if (*hits, ("", 0))[place][1] >= .55 else 4
        for slot in (0,) * (place == 0) + (1,) * (place < len(hits)) + (verdict,) if wanted else (6,) * (not answered):
            n[slot] += 1
    return [share / own for share in n[:6]] + [n[6] / (len(tried) - own or 1)]

def thresholds(tried, wrong, foreign):
    """Power, floor and ratio with most right and no more errors than allowed."""
    floors = {p: sorted(score / terms ** p for _, (_, score, terms) in tried)[::len(tried) // 60] for p in (0, .5, 1)}
    choices = {(p, f, n / 40): count(tried, p, f, n / 40) for p in floors for f in floors[p] for n in range(16, 41)}
    return max((c for c, n in choices.items() if n[5] <= wrong and 1 - n[6] <= foreign + 1e-9), key=lambda c: choices[c][2])

def compare(language):
    articles, file = {}, load(f"assets/evaluation/questions-{language}.toml")
    for path in sorted((ROOT / "assets/knowledge" / language).glob("*.md")):
        front, body = path.read_text().split("+++\n", 2)[1:]
        front = tomllib.loads(front) | {"body": re.split("## For experts|## 进阶说明", body)[:1]}
        articles[path.stem] = {f: front[f] if isinstance(front[f], list) else [front[f]] for f in FIELDS}
    listed = lambda expect, foreign: [(i, q) for i, qs in expect.items() for q in qs] + [(None, q) for q in foreign]
    more = listed(*(lists[language] for lists in load("tests/data/development.toml").values()))
    for kind in ("plain", "meanings", "tables"):
        full = Search(articles, analyzer := Analyzer(language, kind))
        views = [(i, full.view(question)) for i, question in more]
        for place in range(max(len(a["questions"]) for a in articles.values())):
            without = Search(articles, analyzer, place)
            views += [(i, without.view(q)) for i, a in articles.items() for q in a["questions"][place:place + 1]]
        ranked = lambda views, choice: [(i, rank(view, *choice)) for i, view in views]
        choice = max(itertools.product(PAIRS, LAMBDAS), key=lambda choice: count(ranked(views, choice))[0])
        held_out, start = listed(file["expect"], file["foreign"]), time.perf_counter()
        asked = ranked([(i, full.view(question, choice[:1])) for i, question in held_out], choice)
        times = f"{1e3 * full.seconds:.0f} | {1e3 * (time.perf_counter() - start) / len(held_out):.1f}"
        limits, bound = thresholds(ranked(views, choice), *LIMITS[language][0]), thresholds(asked, *LIMITS[language][1])
        shares = [count(ranked(views, choice))[0]] + count(asked, *limits) + count(asked, *bound)[2:3]
        print("|", " | ".join([language, "tantivy, " + kind] + [f"{100 * s:.1f}" for s in shares]), "|", times, "|")
        print(language, kind, "(boosts, tie), lambda:", choice, "power, floor, ratio:", limits, file=sys.stderr)

print("| | search | development: first | first | of three | right | asked back | other | wrong |"
      " other subjects refused | oracle: right | index ms | query ms |\n|---|---|" + "---:|" * 11)
for language in OURS:
    print(f"| {language} | ours | {OURS[language]} |")
    compare(language)
