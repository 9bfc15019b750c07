"""What offers said as free text becomes a version of terms."""

from datetime import date

from django.db import migrations
from django.utils import timezone

OFFERS = ("TopUpOffer", "Bundle", "CoinPack")
FROM_THE_BEGINNING = date(2000, 1, 1)
KEPT = "Brought over from the offer as it stood."


def _is_chinese(text):
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def write_versions(apps, schema_editor):
    """One version for each offer that had a text; it was in use before there were versions."""
    terms = apps.get_model("ledger", "Terms")
    for name in OFFERS:
        for offer in apps.get_model("promotions", name).objects.exclude(terms_text=""):
            text = {"text_zh" if _is_chinese(offer.terms_text) else "text_en": offer.terms_text}
            offer.terms, _made = terms.objects.get_or_create(
                entity_id=offer.entity_id,
                code=offer.code,
                version=offer.terms_version or "1",
                defaults={
                    "in_force_from": FROM_THE_BEGINNING,
                    "created_at": timezone.now(),
                    "accepted_reason": KEPT,
                    **text,
                },
            )
            offer.save(update_fields=["terms"])


def back_to_text(apps, schema_editor):
    """The text and version each offer named."""
    for name in OFFERS:
        offers = apps.get_model("promotions", name).objects.filter(terms__isnull=False)
        for offer in offers.select_related("terms"):
            offer.terms_text = offer.terms.text_zh or offer.terms.text_en
            offer.terms_version = offer.terms.version
            offer.terms = None
            offer.save(update_fields=["terms_text", "terms_version", "terms"])


class Migration(migrations.Migration):

    dependencies = [
        ('promotions', '0004_prepaid_offers'),
    ]

    operations = [
        migrations.RunPython(write_versions, back_to_text),
    ]
