-- A closed day stays closed, for the owner of the tables too.
CREATE TRIGGER ledger_dayclose_append_only BEFORE UPDATE OR DELETE ON ledger_dayclose
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_daycloseentry_append_only BEFORE UPDATE OR DELETE ON ledger_daycloseentry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_dayclosefigure_append_only BEFORE UPDATE OR DELETE ON ledger_dayclosefigure
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_dayclosetill_append_only BEFORE UPDATE OR DELETE ON ledger_dayclosetill
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_tillcount_append_only BEFORE UPDATE OR DELETE ON ledger_tillcount
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_dayclose_no_truncate BEFORE TRUNCATE ON ledger_dayclose
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_daycloseentry_no_truncate BEFORE TRUNCATE ON ledger_daycloseentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_dayclosefigure_no_truncate BEFORE TRUNCATE ON ledger_dayclosefigure
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_dayclosetill_no_truncate BEFORE TRUNCATE ON ledger_dayclosetill
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_tillcount_no_truncate BEFORE TRUNCATE ON ledger_tillcount
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
