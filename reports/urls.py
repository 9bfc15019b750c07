"""The addresses of the report pages."""

from django.urls import path, re_path

from reports.views import (
    away,
    cohorts,
    figures,
    liability,
    overview,
    prepaid,
    risks,
    value_books,
    value_lists,
)

app_name = "reports"
urlpatterns = [
    path("", overview.overview, name="home"),
    path("cohorts/", cohorts.cohorts, name="cohorts"),
    path("composition/", figures.composition, name="composition"),
    path("away/", away.away, name="away"),
    path("bundles/", prepaid.bundles, name="bundles"),
    path("stored-value/", liability.board, name="stored_value"),
    path("stored-value/movement/", liability.moved, name="value_moved"),
    path("stored-value/use-up/", liability.forecast, name="use_up"),
    path("stored-value/clearing/", liability.clearing, name="clearing"),
    path("stored-value/lots/", value_lists.lots, name="lots"),
    path("stored-value/movements/", value_lists.movements, name="movements"),
    path("stored-value/over-limit/", value_lists.over_limit, name="over_limit"),
    path("stored-value/principal-ends/", value_lists.principal_ends, name="principal_ends"),
    re_path(r"^stored-value/books\.(?P<kind>csv|xlsx)$", value_books.books_file, name="books_file"),
    path("top-ups/", prepaid.top_ups, name="top_ups"),
    path("staff/", risks.risks, name="risks"),
    path("figures/", figures.catalogue, name="figures"),
    path("figures/<slug:key>/", figures.figure_page, name="figure"),
]
