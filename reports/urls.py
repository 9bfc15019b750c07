"""The addresses of the report pages."""

from django.urls import path, re_path

from reports.views import away, cohorts, figures, overview, prepaid, risks

app_name = "reports"
urlpatterns = [
    path("", overview.overview, name="home"),
    path("cohorts/", cohorts.cohorts, name="cohorts"),
    path("composition/", figures.composition, name="composition"),
    path("away/", away.away, name="away"),
    re_path(r"^away/members\.(?P<kind>csv|xlsx)$", away.away_file, name="away_file"),
    path("bundles/", prepaid.bundles, name="bundles"),
    path("stored-value/", prepaid.stored_value, name="stored_value"),
    path("top-ups/", prepaid.top_ups, name="top_ups"),
    path("staff/", risks.risks, name="risks"),
    path("figures/", figures.catalogue, name="figures"),
    path("figures/<slug:key>/", figures.figure_page, name="figure"),
]
