"""A lot knows the store that sold or gave it."""

import django.db.models.deletion
from django.db import migrations, models

# What was sold: the contract's store. What was given: the store of the lot's first movement.
ISSUED = """
UPDATE ledger_lot AS lot SET store_id = coalesce(
    (SELECT store_id FROM ledger_contract WHERE id = lot.contract_id),
    (SELECT txn.store_id FROM ledger_movement AS line JOIN ledger_txn AS txn ON txn.id = line.txn_id
     WHERE line.lot_id = lot.id ORDER BY line.wallet_seq LIMIT 1),
    (SELECT member.home_store_id FROM ledger_wallet AS wallet
     JOIN members_member AS member ON member.id = wallet.member_id WHERE wallet.id = lot.wallet_id))
"""


def issued_in(**given):
    """The field, before and after the lots there are know their store."""
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="members.store",
        verbose_name="issued in",
        **given,
    )


class Migration(migrations.Migration):

    dependencies = [
        ("ledger", "0008_presets"),
        ("members", "0005_last_four_by_store"),
    ]

    operations = [
        migrations.AddField("lot", "store", issued_in(null=True)),
        migrations.RunSQL(ISSUED, migrations.RunSQL.noop),
        migrations.AlterField("lot", "store", issued_in()),
    ]
