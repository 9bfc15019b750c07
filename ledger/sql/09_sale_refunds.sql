-- What was paid back for a bill is never changed, by its owner either.
CREATE TRIGGER ledger_salerefund_append_only BEFORE UPDATE OR DELETE ON ledger_salerefund
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_salerefundline_append_only BEFORE UPDATE OR DELETE ON ledger_salerefundline
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_salerefundtender_append_only BEFORE UPDATE OR DELETE ON ledger_salerefundtender
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_salerefund_no_truncate BEFORE TRUNCATE ON ledger_salerefund
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_salerefundline_no_truncate BEFORE TRUNCATE ON ledger_salerefundline
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_salerefundtender_no_truncate BEFORE TRUNCATE ON ledger_salerefundtender
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
