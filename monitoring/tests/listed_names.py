"""A built sanctions list and names to be looked up in it: transliterations, swapped and missing parts, typing errors,
other scripts; and names of others, look-alikes among them. Seeded; what is tuned on one seed is reported on another.
"""

import random
from dataclasses import dataclass

from faker import Faker

from monitoring.names import name_key
from monitoring.sanctions import Entry

VARIANTS = [
    row.split()
    for row in """
Mohammed Muhammad Mohamad Mohamed Muhammed Mohammad
Ahmed Ahmad Achmed
Yusuf Yousef Youssef Yusef Jusuf
Hussein Husain Hussain Hosein Husayn Hossein
Abdulrahman Abdurrahman Abdelrahman Abdarrahman
Abdullah Abdallah Abdulla
Khaled Khalid Chaled
Osama Usama Oussama
Gaddafi Qaddafi Kadhafi Gadhafi Qadhafi
Sayyid Sayed Said Saeed
Omar Umar Omer
Ibrahim Ebrahim Ibraheem
Jamal Gamal Djamal
Rashid Rasheed Rachid
Suleiman Sulayman Soleiman Suleyman
Hassan Hasan Hassen
Ismail Ismael Esmail
Karim Kareem Kerim
Nasser Naser Nasir
Tariq Tarek Tareq Tarik
Zawahiri Zawahri Zawahiry
Qasim Kassem Qassem Kasim
Mahmoud Mahmud Mahmood
Mustafa Mostafa Moustafa
Farouk Faruq Farooq Faruk
Sergey Sergei Serguei
Aleksandr Alexander Alexandr Aleksander
Dmitry Dmitri Dmitriy Dimitri
Yevgeny Evgeny Evgeni Yevgeniy
Mikhail Michail Mihail
Nikolay Nikolai Nicolai
Vladimir Wladimir
Yuri Yury Juri Iouri
Igor Ihor
Andrey Andrei Andrej
Ivanov Ivanoff
Petrov Petroff
Timchenko Tymchenko
Prigozhin Prigojin Prigozin
Shevchenko Schewtschenko Chevtchenko
Kovalchuk Kovaltchuk Kowaltschuk
Zhukov Joukov Schukow Jukov
Khrushchev Chruschtschow Krushchev
Kim Gim
Chong Jong Jeong
Pak Park Bak
""".strip().splitlines()
]
SCRIPTS = {"Sergey": "Сергей", "Ivanov": "Иванов", "Petrov": "Петров", "Igor": "Игорь", "Vladimir": "Владимир"}
LOCALES = ("en_US", "es_ES", "tr_TR", "de_DE", "fr_FR", "it_IT", "pl_PL", "pt_BR", "nl_NL", "id_ID")


@dataclass(frozen=True)
class Asked:
    """A name that is looked up; `uid`: who it is, "" when nobody of the list; `how`: what was done to it."""

    name: str
    uid: str
    how: str


class Built:
    """A list of so many entries, and so many names of each kind."""

    def __init__(self, seed: int, entries: int) -> None:
        self.chance = random.Random(seed)
        self.fakers = [Faker(one) for one in LOCALES]
        for number, one in enumerate(self.fakers):
            one.seed_instance(seed * 100 + number)
        self.parts: dict[str, list[str]] = {}
        self.entries = [self._entry(str(number)) for number in range(1, entries + 1)]
        self.there = {name_key(name) for entry in self.entries for name in entry.names}

    def _part(self, last: bool) -> str:
        if self.chance.random() < 0.35:
            return self.chance.choice(self.chance.choice(VARIANTS))
        faker = self.chance.choice(self.fakers)
        return (faker.last_name() if last else faker.first_name()).split()[-1]

    def _words(self) -> list[str]:
        middle = [self._part(False) for _ in range(self.chance.choice((0, 1, 1, 2)))]
        return [self._part(False), *middle, self._part(True)]

    def _entry(self, uid: str) -> Entry:
        words = self._words()
        self.parts[uid] = words
        names = [f"{words[-1].upper()}, {' '.join(words[:-1])}"]
        if self.chance.random() < 0.3:
            names.append(" ".join(self._other(word) for word in words))
        return Entry(uid, tuple(names), "individual", "SDGT", (str(self.chance.randint(1940, 2000)),), ("IR",))

    def _other(self, word: str) -> str:
        group = next((one for one in VARIANTS if word in one), [word])
        return self.chance.choice(group)

    def positives(self, count: int) -> list[Asked]:
        """Names of people of the list, each written in another way."""
        return [self._positive(self.chance.choice(self.entries).uid) for _ in range(count)]

    def _positive(self, uid: str) -> Asked:
        words = list(self.parts[uid])
        how = self.chance.choice(
            ("exact", "transliterated", "swapped", "missing", "typed", "accents", "joined", "script")
        )
        words = [self._other(word) for word in words] if how != "exact" else words
        if how == "swapped":
            self.chance.shuffle(words)
        elif how == "missing" and len(words) > 2:
            del words[self.chance.randrange(1, len(words) - 1)]
        elif how == "typed":
            place = max(range(len(words)), key=lambda n: len(words[n]))
            words[place] = self._typed(words[place])
        elif how == "accents":
            words = [word.replace("o", "ó", 1).replace("u", "ü", 1) for word in words]
        elif how == "joined":
            words = [words[0], "-".join(words[1:])]
        elif how == "script":
            words = [SCRIPTS.get(word, word) for word in words]
        return Asked(" ".join(words), uid, how)

    def _typed(self, word: str) -> str:
        place = self.chance.randrange(1, max(2, len(word) - 1))
        return self.chance.choice(
            (
                word[:place] + word[place + 1 :],
                word[:place] + word[place] + word[place:],
                word[:place] + "e" + word[place + 1 :],
            )
        )

    def negatives(self, count: int) -> list[Asked]:
        """Names of people who are not on the list: half of them share a part with somebody who is."""
        made: list[Asked] = []
        while len(made) < count:
            words, how = self._words(), "other"
            if self.chance.random() < 0.5:
                theirs = self.parts[self.chance.choice(self.entries).uid]
                words, how = [words[0], *words[1:-1], theirs[-1]], "look-alike"
            if name_key(" ".join(words)) not in self.there:
                made.append(Asked(" ".join(words), "", how))
        return made
