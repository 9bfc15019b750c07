-- The order in which transactions are sealed. A number is drawn under a shared lock that is held until the commit,
-- so whoever gets the lock alone knows: every number drawn so far is committed or will never be.
CREATE SEQUENCE ledger_txn_number;
CREATE FUNCTION ledger_next_number() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1936024940);
    RETURN nextval('ledger_txn_number');
END $$;
