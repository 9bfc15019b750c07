-- What is said of a contract after its sale is never changed, by its owner either.
CREATE TRIGGER ledger_contractevent_append_only BEFORE UPDATE OR DELETE ON ledger_contractevent
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_refund_append_only BEFORE UPDATE OR DELETE ON ledger_refund
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_refundpayout_append_only BEFORE UPDATE OR DELETE ON ledger_refundpayout
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_contractevent_no_truncate BEFORE TRUNCATE ON ledger_contractevent
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_refund_no_truncate BEFORE TRUNCATE ON ledger_refund
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_refundpayout_no_truncate BEFORE TRUNCATE ON ledger_refundpayout
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
