"""What a query means in the words of the catalogue."""

import math
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from search.embedding.base import ModelNotReady
from search.lexical import LexicalIndex, WordQuery, document_words, english, understand

CATALOGUE = [
    ("get_forecast", "Weather of the coming days"),
    ("get_weather", "What the weather is like now"),
    ("createIssue", "Opens an issue on GitHub"),
    ("github_search", "Searches repositories and their issues"),
    ("calendar_list", "Events of a calendar"),
    ("calendar_add", "Adds an event to the calendar"),
    ("register_webhook", "A webhook for each event"),
    ("scrape", "Web pages with a scraper"),
    ("s3_upload", "Stores a file"),
    ("地図検索", "東京の地図"),
]
ENGLISH = {"house", "tokyo", "purple", "elephant", "hook"}


@pytest.fixture(autouse=True)
def _few_english_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.lexical.understanding.is_english", ENGLISH.__contains__)


def index(*documents: tuple[str, str]) -> LexicalIndex:
    return LexicalIndex.build([document_words(*each) for each in documents or CATALOGUE])


def ask(query: str) -> WordQuery:
    return understand(query, [index()])


def best(query: str) -> str:
    scores = index().scores(ask(query).weights)
    return CATALOGUE[int(scores.argmax())][0] if scores.any() else ""


def test_a_word_weighs_the_more_the_fewer_documents_say_it() -> None:
    weights = ask("weather upload").weights

    assert weights["upload"] > weights["weather"]
    assert sum(weights.values()) == pytest.approx(1)


def test_weights_are_parts_of_the_inverse_document_frequency_of_all_words() -> None:
    weights = ask("weather house").weights
    of_weather, of_house = math.log(1 + (10 - 2 + 0.5) / 2.5), math.log(1 + (10 + 0.5) / 0.5)

    assert weights == pytest.approx({"weather": of_weather / (of_weather + of_house)})


def test_several_indexes_count_as_one() -> None:
    halves = [index(*CATALOGUE[:4]), index(*CATALOGUE[4:])]

    for query in ("weather calendar", "wether isue", "calend", "github"):
        assert understand(query, halves) == ask(query)


def test_a_word_counts_once_however_often_and_inflected_it_is_said() -> None:
    assert ask("event events EVENT upload").weights == ask("event upload").weights


def test_what_people_say_around_what_they_look_for_weighs_little() -> None:
    polite = ask("please help me find and get some weather tools, thanks").weights

    assert 0 < polite["get"] < polite["weather"] / 3
    assert sum(polite.values()) == pytest.approx(1)
    assert best("could you please show me the forecast") == "get_forecast"


def test_a_query_of_nothing_else_is_survived() -> None:
    assert ask("please help me").weights == {}


@pytest.mark.parametrize(
    ("typed", "word", "meant"),
    [
        ("wether", "weather", "weather"),
        ("forcast", "forecast", "forecast"),
        ("isues", "issu", "issues"),
        ("calandear", "calendar", "calendar"),
        ("repositroies", "repositori", "repositories"),
        ("forcasting", "forecast", "forecast"),
    ],
)
def test_mistyped_words_are_put_right(typed: str, word: str, meant: str) -> None:
    found = ask(typed)

    assert found.corrections == {typed: meant}
    assert 0 < found.weights[word] < 1


@pytest.mark.parametrize(
    ("typed", "counts"),
    [
        ("calendar", 1.0),
        ("isue", 0.8),
        ("calandear", 0.6),
        ("forcasting", 0.6),
        ("calend", 0.8),
        ("webscraper", 0.9),
    ],
)
def test_what_is_probably_meant_counts_less_than_what_is_typed(typed: str, counts: float) -> None:
    assert sum(ask(typed).weights.values()) == pytest.approx(counts)


def test_a_beginning_inside_a_query_counts_less_than_at_its_end() -> None:
    inside, at_the_end = ask("calend house").weights, ask("house calend").weights

    assert inside["calendar"] / at_the_end["calendar"] == pytest.approx(0.6 / 0.8)


def test_a_compound_takes_half_of_a_known_word_and_most_of_an_unknown_one() -> None:
    weights = ask("web hook weather").weights
    of_web, of_weather = 2 * weights["web"], weights["weather"]

    of_hook = 1 - of_web - of_weather
    assert weights["webhook"] == pytest.approx(0.5 * of_web + 0.9 * of_hook)


def test_a_mistyped_name_takes_half_of_what_all_words_count() -> None:
    assert ask("gt_forecast").weights["getforecast"] == pytest.approx(0.5)


def test_a_name_that_known_words_nearly_spell_takes_less() -> None:
    assert ask("get a weather").weights["getweath"] == pytest.approx(0.3)


def test_words_as_they_stand_in_the_catalogue_mean_no_name() -> None:
    assert set(ask("calendar list").weights) == {"calendar", "list"}


@pytest.mark.parametrize("query", ["house", "weather", "s3", "xq"])
def test_what_is_right_or_short_is_not_put_right(query: str) -> None:
    assert ask(query).corrections == {}


def test_words_that_nobody_knows_are_put_right_only_if_they_are_few() -> None:
    foreign = "wether forcast isue calendr uplod repositries evnt pags scrper"

    assert ask(foreign).corrections == {}
    assert len(ask(foreign.rpartition(" ")[0]).corrections) == 8


def test_the_last_word_may_be_half_typed() -> None:
    assert best("cale") == "calendar_list"
    assert best("register we") == "register_webhook"
    assert best("地") == "地図検索"
    assert ask("calend").corrections == {}


def test_earlier_words_may_be_cut_short_but_not_to_nothing() -> None:
    assert "calendar" in ask("calend house").weights
    assert ask("ca house").weights == {}


def test_what_is_probably_meant_never_counts_more_than_what_was_typed() -> None:
    whole = index(("car", ""), ("care", ""), ("cart", ""), ("carp", ""), ("cards", ""))

    for typed in ("carx", "ca", "cxr xar"):
        assert sum(understand(typed, [whole]).weights.values()) <= 1


def test_two_words_typed_as_one_and_one_as_two() -> None:
    assert best("webscraper") == "scrape"
    assert best("web hook") == "register_webhook"
    assert best("git hub repository") == "github_search"


def test_camel_case_in_a_query_is_one_word_only_where_the_catalogue_has_it() -> None:
    assert set(ask("GitHub").weights) == {"github"}
    assert set(ask("CalendarList").weights) == {"calendarlist"}
    assert set(ask("UploadCalendar").weights) == {"upload", "calendar"}
    assert set(ask("createIssue").weights) == {"creat", "issu"}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("getforecast", "get_forecast"),
        ("get_forcast", "get_forecast"),
        ("ge_tforecast", "get_forecast"),
        ("gt_forecast", "get_forecast"),
        ("s_upload", "s3_upload"),
        ("createIsue", "createIssue"),
        ("calendarlist", "calendar_list"),
        ("calendaradd", "calendar_add"),
        ("calnedar add", "calendar_add"),
    ],
)
def test_a_mistyped_name_finds_it(typed: str, name: str) -> None:
    assert best(typed) == name


@pytest.mark.parametrize(
    ("query", "known"),
    [
        ("weather calendar", 1),
        ("purple elephant", 1),
        ("wether", 1),
        ("calend", 1),
        ("get_forcast", 1),
        ("webscraper", 1),
        ("addget", 0),
        ("weather zxqvt", 1 / 2),
        ("zxqvt bnmpw", 0),
        ("evnt", 0),
        ("cal", 0),
        ("", 0),
        ("!?", 0),
    ],
)
def test_how_many_of_the_words_are_known(query: str, known: float) -> None:
    assert ask(query).known == pytest.approx(known)


@pytest.mark.parametrize("indexes", [[], [LexicalIndex.build([])]])
def test_an_empty_catalogue_knows_nothing(indexes: list[LexicalIndex]) -> None:
    assert understand("weather forcast", indexes) == WordQuery(weights={}, known=0, corrections={})


@pytest.mark.parametrize(
    "query", ["weather " * 5_000, "x" * 50_000, "天" * 50_000, "\ud800\x00", "a\nb", "' OR 1=1 --"]
)
def test_any_input_is_survived(query: str) -> None:
    found = ask(query)

    assert 0 <= found.known <= 1
    assert 0 <= sum(found.weights.values()) <= 1 + 1e-9


class TestEnglish:
    """The words of the packaged model's tokenizer."""

    @pytest.fixture(autouse=True)
    def _forget(self) -> Iterator[None]:
        english._whole_words.cache_clear()
        yield
        english._whole_words.cache_clear()

    def test_whole_words_are_known_but_not_their_pieces(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vocabulary = {"house": 1, "##ing": 2, "a": 3, "[CLS]": 4}
        (tmp_path / "tokenizer.json").write_bytes(orjson.dumps({"model": {"vocab": vocabulary}}))
        monkeypatch.setattr("search.embedding.packaged.packaged_folder", lambda: tmp_path)

        words = ["house", "##ing", "ing", "a", "hous"]
        assert [english.is_english(word) for word in words] == [True, False, False, False, False]

    def test_without_the_package_no_word_is_known(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing() -> Path:
            raise ModelNotReady("not installed")

        monkeypatch.setattr("search.embedding.packaged.packaged_folder", missing)
        assert not english.is_english("house")

    def test_the_packaged_vocabulary_knows_everyday_words(self) -> None:
        words = ["weather", "restaurant", "asdfgh"]

        assert [english.is_english(word) for word in words] == [True, True, False]
