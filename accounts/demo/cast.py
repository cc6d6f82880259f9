"""Who banks here. Amounts in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from faker import Faker

from accounts import numbers
from cloudbank.clock import BusinessCalendar
from cloudbank.ids import derived_id

BRANCHES = ("main", "main", "riverside", "harbor", "airport")
CHANNELS = ("online", "online", "branch", "branch", "referral", "partner")
TRADES = ("employer", "shop", "employer", "freelancer", "shop", "employer", "landlord", "employer")
"""Businesses take these in turn; a shop employs people too and takes cash."""
BUSINESS_SHARE = 0.13
FOUNDERS_SHARE = 0.5
STAFF_OF_ONE = 10
GUEST_EMAIL = "customer@cloudbank.example"
REVIEW_YEARS = {"low": 5, "medium": 3, "high": 1}


@dataclass(slots=True, eq=False)
class Customer:
    """One customer and what he or she usually does."""

    customer_id: str
    name: str
    email: str
    segment: str
    branch: str
    channel: str
    joins: date
    details: dict[str, str]
    checking: str
    savings: str = ""
    verified_after: int | None = 0
    """Days from joining to the verified identity; None: still pending."""
    risk: str = "low"
    leaves: date | None = None
    trade: str = ""
    revenue: int = 0
    """What a business takes by card in a month, beside what pays its wages."""
    employer: "Customer | None" = None
    salary: int = 0
    landlord: "Customer | None" = None
    rent: int = 0
    rent_day: int = 1
    bill_day: int = 10
    spends: int = 0
    """A usual card payment."""
    friends: list["Customer"] = field(default_factory=list)
    is_guest: bool = False
    """The one whose sign-in is printed; nothing unusual is planted here."""

    @property
    def is_business(self) -> bool:
        """Banks for a trade."""
        return self.segment == "business"

    def is_here(self, day: date) -> bool:
        """Has joined and not left."""
        return self.joins <= day and (self.leaves is None or day < self.leaves)

    def can_be_paid(self, day: date) -> bool:
        """Has an account since yesterday at least: on the first day it opens at some hour."""
        return self.joins < day and self.is_here(day)


class Casting:
    """Makes the customers of one seed; `cast` is in order of joining."""

    def __init__(self, seed: int, size: int, first: date, last: date, calendar: BusinessCalendar) -> None:
        self._seed, self._size, self._first, self._last, self._calendar = seed, size, first, last, calendar
        self._random = Random(f"cast {seed}")
        self._faker = Faker("en_US")
        self._faker.seed_instance(seed)

    def cast(self) -> list[Customer]:
        """Everybody."""
        businesses = [self._business(n) for n in range(max(6, round(self._size * BUSINESS_SHARE)))]
        people = [self._person(len(businesses) + n) for n in range(self._size - len(businesses))]
        self._give_work(people, [one for one in businesses if one.trade in ("employer", "shop")])
        self._give_homes(people + businesses, [one for one in businesses if one.trade == "landlord"])
        for person in people:
            person.friends = self._random.sample(people, min(3, len(people)))
        self._leave_some_pending(people)
        self._let_some_leave(people)
        self._choose_guest(people)
        return sorted(businesses + people, key=lambda one: (one.joins, one.customer_id))

    def _business(self, number: int) -> Customer:
        random, trade = self._random, TRADES[number % len(TRADES)]
        made = self._customer(number, self._faker.unique.company(), "business", self._joins(early=0.9))
        made.trade = trade
        made.revenue = random.randrange(9_000_00, 22_000_00)
        made.risk = random.choice(("low", "low", "medium", "high" if trade == "shop" else "medium"))
        return made

    def _person(self, number: int) -> Customer:
        random = self._random
        made = self._customer(number, f"{self._faker.first_name()} {self._faker.last_name()}", "retail", self._joins())
        made.details["date_of_birth"] = self._faker.date_of_birth(minimum_age=19, maximum_age=82).isoformat()
        made.salary = round(random.lognormvariate(7.45, 0.28)) * 100
        made.rent = min(
            random.choice((990_00, 990_00, 1_450_00)), round(made.salary * random.uniform(0.45, 0.7)) // 1000 * 1000
        )
        made.spends = random.randrange(35_00, 120_00)
        made.rent_day, made.bill_day = random.randrange(1, 26), random.randrange(1, 14)
        made.risk = random.choices(("low", "medium", "high"), (84, 10, 6))[0]
        if random.random() < 0.35:
            made.savings = self._account(number, "savings")
        if made.channel == "online":
            made.verified_after = random.choice((0, 0, 1, 1, 2, 4))
        return made

    def _customer(self, number: int, name: str, segment: str, joins: date) -> Customer:
        random, faker = self._random, self._faker
        handle = "".join(c for c in name.lower().replace(" ", ".") if c.isalnum() or c == ".").strip(".")
        return Customer(
            customer_id=derived_id("usr", "demo", str(self._seed), str(number)),
            name=name,
            email=f"{handle}.{number}@customers.example",
            segment=segment,
            branch=random.choice(BRANCHES),
            channel=random.choice(CHANNELS),
            joins=joins,
            details={
                "address": faker.address().replace("\n", ", "),
                "phone": faker.numerify("+1-###-555-01##"),
                "identity_number": faker.numerify("####"),
            },
            checking=self._account(number, "checking"),
        )

    def _account(self, number: int, product: str) -> str:
        return numbers.derive("demo", str(self._seed), str(number), product)

    def _joins(self, early: float = FOUNDERS_SHARE) -> date:
        """Founders come over from another bank in the first days; the others join more and more often."""
        random = self._random
        if random.random() < early:
            return self._calendar.on_or_after(self._first + timedelta(days=random.randrange(5)))
        span = (self._last - self._first).days
        return self._calendar.on_or_before(self._first + timedelta(days=int(span * random.random() ** 0.8)))

    def _give_work(self, people: Sequence[Customer], employers: Sequence[Customer]) -> None:
        staff = dict.fromkeys((one.customer_id for one in employers), 0)
        for person in people:
            candidates = [
                one for one in employers if staff[one.customer_id] < STAFF_OF_ONE and one.joins <= person.joins
            ]
            if candidates and self._random.random() < 0.8:
                person.employer = self._random.choice(candidates)
                staff[person.employer.customer_id] += 1

    def _give_homes(self, tenants: Sequence[Customer], landlords: Sequence[Customer]) -> None:
        for tenant in tenants:
            here = [one for one in landlords if one is not tenant and one.joins <= tenant.joins]
            tenant.landlord = self._random.choice(here) if here and self._random.random() < 0.75 else None
            if tenant.is_business:
                tenant.rent = tenant.revenue // 8 // 1000 * 1000

    def _leave_some_pending(self, people: Sequence[Customer]) -> None:
        """Those who have just come, and a few who never brought their papers."""
        newest = sorted(people, key=lambda one: (one.joins, one.customer_id))[-min(9, len(people) // 8) :]
        settled = [one for one in people if (self._last - one.joins).days > 12]
        slow = self._random.sample(settled, min(4, len(settled) // 4))
        for person in newest + slow:
            person.verified_after = None

    def _let_some_leave(self, people: Sequence[Customer]) -> None:
        able = [one for one in people if one.verified_after is not None and (self._last - one.joins).days > 120]
        for person in self._random.sample(able, len(able) // 16):
            stayed = self._random.randrange(90, (self._last - person.joins).days)
            person.leaves = person.joins + timedelta(days=stayed)

    def _choose_guest(self, people: Sequence[Customer]) -> None:
        """A founder, in work if anybody is, with savings: pages with something on them."""
        able = [one for one in people if one.verified_after == 0 and not one.leaves]
        guest = min(able, key=lambda one: (one.employer is None, one.joins, one.customer_id))
        guest.is_guest, guest.email = True, GUEST_EMAIL
        guest.savings = guest.savings or numbers.derive("demo", str(self._seed), "guest", "savings")
