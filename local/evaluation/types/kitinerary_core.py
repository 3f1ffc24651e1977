"""Tickets and bookings of travellers (KDE's KItinerary: test data of its extractors)."""

from typing import ClassVar

from mailroom.doctypes.base import Amount, Currency, DateTime, DocumentType, Identifier, Name, Text, field, many


class Booking(DocumentType):
    """A confirmation or a ticket for a flight, a train, a bus or a stay; it may hold several journeys."""

    kind: ClassVar = "booking"

    reservation_numbers: list[Identifier] = many(
        "Each booking reference.", labels=("Booking ref", "Reservation number", "Kód transakce", "PNR")
    )
    passengers: list[Name] = many("Each person who travels.", labels=("Passenger", "Name", "Reisender"))
    operators: list[Name] = many("Each airline.")
    services: list[Identifier] = many(
        "The number of each flight, train or bus; of a flight without the airline's letters.", labels=("Flight", "Vlak")
    )
    departure_places: list[Text] = many(
        "Each airport, station or stop that is left, as written.", labels=("Departure",)
    )
    arrival_places: list[Text] = many("Each airport, station or stop that is reached, as written.", labels=("Arrival",))
    departure_times: list[DateTime] = many("Each departure, in local time.", labels=("Departure",))
    arrival_times: list[DateTime] = many("Each arrival, in local time.", labels=("Arrival",))
    seats: list[Text] = many("The seats of each journey.", labels=("Seat", "Sitz", "Místo"))
    coaches: list[Text] = many("The coach of each journey.", labels=("Coach", "Wagen", "Vůz"))
    departure_platforms: list[Text] = many("Each platform of departure.", labels=("Platform", "Gleis"))
    arrival_platforms: list[Text] = many("Each platform of arrival.", labels=("Platform", "Gleis"))
    total_price: Amount | None = field("What everything costs.", labels=("Total", "Price", "Cena", "Gesamtpreis"))
    currency: Currency | None = field("The currency of the price.")
    check_in: DateTime | None = field("When a stay begins.", labels=("Check-in", "Anreise"))
    check_out: DateTime | None = field("When a stay ends.", labels=("Check-out", "Abreise"))
