"""The consent log only grows: the database refuses to change or delete what a member said."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION members_consent_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'members_consent only grows; add a line that says the opposite';
END $$;
CREATE TRIGGER members_consent_only_grows BEFORE UPDATE OR DELETE ON members_consent
    FOR EACH ROW EXECUTE FUNCTION members_consent_only_grows();
"""

ALLOW = """
DROP TRIGGER members_consent_only_grows ON members_consent;
DROP FUNCTION members_consent_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
