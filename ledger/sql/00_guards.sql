-- Keys of the value tables: immediate, so that a missing parent is refused at once.
ALTER TABLE ledger_wallet
    ADD CONSTRAINT ledger_wallet_member_fk FOREIGN KEY (member_id) REFERENCES members_member (id),
    ADD CONSTRAINT ledger_wallet_asset_fk FOREIGN KEY (asset_id) REFERENCES ledger_asset (id);
ALTER TABLE ledger_contract
    ADD CONSTRAINT ledger_contract_member_fk FOREIGN KEY (member_id) REFERENCES members_member (id),
    ADD CONSTRAINT ledger_contract_payer_fk FOREIGN KEY (payer_id) REFERENCES members_member (id),
    ADD CONSTRAINT ledger_contract_entity_fk FOREIGN KEY (entity_id) REFERENCES members_issuingentity (id),
    ADD CONSTRAINT ledger_contract_store_fk FOREIGN KEY (store_id) REFERENCES members_store (id),
    ADD CONSTRAINT ledger_contract_txn_fk FOREIGN KEY (txn_id) REFERENCES ledger_txn (id),
    ADD CONSTRAINT ledger_contract_sold_by_fk FOREIGN KEY (sold_by_id) REFERENCES members_user (id);
ALTER TABLE ledger_lot
    ADD CONSTRAINT ledger_lot_wallet_fk FOREIGN KEY (wallet_id) REFERENCES ledger_wallet (id),
    ADD CONSTRAINT ledger_lot_contract_fk FOREIGN KEY (contract_id) REFERENCES ledger_contract (id),
    ADD CONSTRAINT ledger_lot_scope_fk FOREIGN KEY (scope_id) REFERENCES ledger_scope (id);
ALTER TABLE ledger_movement
    ADD CONSTRAINT ledger_movement_txn_fk FOREIGN KEY (txn_id) REFERENCES ledger_txn (id),
    ADD CONSTRAINT ledger_movement_wallet_fk FOREIGN KEY (wallet_id) REFERENCES ledger_wallet (id),
    ADD CONSTRAINT ledger_movement_lot_fk FOREIGN KEY (lot_id) REFERENCES ledger_lot (id);
ALTER TABLE ledger_txn
    ADD CONSTRAINT ledger_txn_reverses_fk FOREIGN KEY (reverses_id) REFERENCES ledger_txn (id);
-- Store, till, operator and member of a transaction carry no key: every spend would share-lock the store's row.
-- audit_ledger proves them instead.

-- Room for HOT updates on the rows that every operation touches.
ALTER TABLE ledger_wallet SET (fillfactor = 70);
ALTER TABLE ledger_lot SET (fillfactor = 70);

-- History is append-only, for its owner too.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: history is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_txn_append_only BEFORE UPDATE OR DELETE ON ledger_txn
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_txn_no_truncate BEFORE TRUNCATE ON ledger_txn
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_movement_append_only BEFORE UPDATE OR DELETE ON ledger_movement
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_movement_no_truncate BEFORE TRUNCATE ON ledger_movement
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_contract_append_only BEFORE UPDATE OR DELETE ON ledger_contract
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_contract_no_truncate BEFORE TRUNCATE ON ledger_contract
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
