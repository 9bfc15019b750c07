"""Every page of the site that can be opened by its address, found in the URL configuration.

A new page is walked from its first day; where its address needs a value that nobody has named
here, the walk fails and asks for it.
"""

from itertools import product

from django.apps import apps
from django.urls import URLPattern, get_resolver, reverse

# Machines and their programmers read these; the style guide shows samples of names.
NOT_PAGES = {"api", "api-schema", "api-docs", "healthz", "set_language", "styleguide"}


class NoSample(LookupError):
    """An address needs a value that has no sample."""


def named_patterns():
    """Name with its namespaces, and the names of the values in the address."""

    def walk(patterns, space, values):
        for pattern in patterns:
            inner = {*values, *pattern.pattern.regex.groupindex, *pattern.pattern.converters}
            if not isinstance(pattern, URLPattern):
                name = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from walk(pattern.url_patterns, name, inner)
            elif pattern.name:
                yield space + pattern.name, inner

    return list(walk(get_resolver().url_patterns, "", set()))


def addresses(samples):
    """Name and address of every page, by the samples of each value in the address.

    ``samples`` lists them under the value's name, or under ``page.value``; an empty list leaves the
    page out. Pages of the admin are about the first record of their model.
    """
    for name, values in named_patterns():
        if name.split(":")[0] in NOT_PAGES:
            continue
        lists = [_samples(samples, name, value) for value in values]
        for given in product(*lists):
            yield name, reverse(name, kwargs=dict(zip(values, given, strict=True)))


def _samples(samples, page, value):
    for key in (f"{page}.{value}", value):
        if key in samples:
            return samples[key]
    if page.startswith("admin:") and value == "object_id":
        return _records_of(page.removeprefix("admin:"))
    raise NoSample(f"Name a sample for {value} in the address of {page}.")


def _records_of(page):
    """The key of the first record of the model whose name, the longest, begins the page's."""
    fitting = [
        model
        for model in apps.get_models()
        if page.startswith(model._meta.label_lower.replace(".", "_") + "_")
    ]
    model = max(fitting, key=lambda model: len(model._meta.label_lower))
    return model._base_manager.order_by("pk").values_list("pk", flat=True)[:1]
