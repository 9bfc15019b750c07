"""What was exchanged, and what happened to a garment, stays as it was noted."""

from django.db import migrations

REFUSE = """
CREATE TRIGGER promotions_exchange_stays BEFORE UPDATE ON promotions_exchange
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_other_changes('member_id');
CREATE TRIGGER promotions_exchange_no_delete BEFORE DELETE ON promotions_exchange
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER promotions_serviceticketevent_stays
    BEFORE UPDATE OR DELETE ON promotions_serviceticketevent
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
"""

ALLOW = """
DROP TRIGGER promotions_exchange_stays ON promotions_exchange;
DROP TRIGGER promotions_exchange_no_delete ON promotions_exchange;
DROP TRIGGER promotions_serviceticketevent_stays ON promotions_serviceticketevent;
"""


class Migration(migrations.Migration):
    dependencies = [("promotions", "0007_refund_terms"), ("ledger", "0021_activity_stays")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
