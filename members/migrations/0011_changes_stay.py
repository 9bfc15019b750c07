"""What was changed about a member is forgotten with the person and never before."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION members_memberchange_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM members_member WHERE id = OLD.member_id AND status = 'erased'
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% on members_memberchange is refused: only erasure forgets', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER members_memberchange_stays BEFORE UPDATE OR DELETE ON members_memberchange
    FOR EACH ROW EXECUTE FUNCTION members_memberchange_stays();
"""

ALLOW = """
DROP TRIGGER members_memberchange_stays ON members_memberchange;
DROP FUNCTION members_memberchange_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0010_keys_that_import")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
