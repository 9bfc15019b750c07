-- Which openings cannot be written together: ids that are known already, by the same request (`replayed`) or another
-- one (`conflict`), and members who hold some of it already (`held`), which is for ledger_post to do under a lock.
CREATE FUNCTION ledger_openings_known(p_openings jsonb) RETURNS TABLE (id uuid, outcome text)
LANGUAGE sql STABLE AS $$
    SELECT t.id, CASE WHEN t.request_hash = sha256(convert_to(
                     'opening' || jsonb_build_object('source', o.source)::text, 'UTF8'))
                 THEN 'replayed' ELSE 'conflict' END
    FROM jsonb_to_recordset(p_openings) AS o (id uuid, source jsonb) JOIN ledger_txn t ON t.id = o.id
    UNION ALL
    SELECT DISTINCT o.id, 'held'
    FROM jsonb_to_recordset(p_openings) AS o (id uuid, member bigint, lots jsonb)
    CROSS JOIN LATERAL jsonb_to_recordset(o.lots) AS l (asset bigint)
    JOIN ledger_wallet w ON w.member_id = o.member AND w.asset_id = l.asset
    WHERE NOT EXISTS (SELECT FROM ledger_txn t WHERE t.id = o.id)
$$;

-- Write openings of members who hold nothing of these assets: for each the very rows that ledger_post would write.
-- One statement, so that the lots know their wallets; the keys are checked at its end.
CREATE FUNCTION ledger_write_openings(p_header jsonb, p_openings jsonb, p_known uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_at timestamptz := (p_header->>'at')::timestamptz;
    v_store bigint := (p_header->>'store')::bigint;
    v_by bigint := (p_header->>'operator')::bigint;
BEGIN
    WITH opening AS MATERIALIZED (
        SELECT o.* FROM ROWS FROM (jsonb_to_recordset(p_openings)
            AS (id uuid, contract uuid, member bigint, source jsonb, sold_at timestamptz, lots jsonb))
            WITH ORDINALITY AS o (id, contract, member, source, sold_at, lots, ord)
        WHERE o.id <> ALL (p_known)
    ), line AS MATERIALIZED (
        SELECT o.ord, o.id, o.contract, o.member, o.sold_at, l.*,
               row_number() OVER wallet AS seq, sum(l.amount) OVER wallet AS balance,
               nextval('ledger_lot_id_seq') AS lot
        FROM opening o CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(o.lots) AS (
            asset bigint, amount bigint, origin text, cost bigint, list_value bigint, expires_at timestamptz,
            scope bigint)) WITH ORDINALITY AS l (asset, amount, origin, cost, list_value, expires_at, scope, line)
        WINDOW wallet AS (PARTITION BY o.member, l.asset ORDER BY o.ord, l.line)
        ORDER BY o.ord, l.line
    ), wallet AS (
        INSERT INTO ledger_wallet (member_id, asset_id, balance, seq)
        SELECT member, asset, sum(amount), count(*) FROM line GROUP BY member, asset ORDER BY member, asset
        RETURNING id, member_id, asset_id
    ), txn AS (
        INSERT INTO ledger_txn (id, kind, outcome, request_hash, member_id, store_id, operator_id, reason,
                                business_date, occurred_at, recorded_at)
        SELECT id, 'opening', 'posted',
               sha256(convert_to('opening' || jsonb_build_object('source', source)::text, 'UTF8')),
               member, v_store, v_by, '', (p_header->>'business_date')::date, v_at, clock_timestamp()
        FROM opening ORDER BY ord
    ), contract AS (
        INSERT INTO ledger_contract (id, kind, member_id, payer_id, entity_id, store_id, txn_id, paid, list_value,
                                     bonus, currency, offer_code, title, snapshot, terms_version, honoured_at,
                                     sold_at, sold_by_id)
        SELECT o.contract, 'opening', o.member, o.member, (p_header->>'entity')::bigint, v_store, o.id, sum(l.cost),
               sum(CASE WHEN l.list_value = 0 THEN l.cost ELSE l.list_value END),
               coalesce(sum(l.amount) FILTER (WHERE l.origin = 'bonus'), 0), p_header->>'currency', '',
               p_header->>'title', o.source, '', '{}', coalesce(o.sold_at, v_at), v_by
        FROM opening o JOIN line l USING (id)
        GROUP BY o.ord, o.contract, o.member, o.id, o.source, o.sold_at
    ), lot AS (
        INSERT INTO ledger_lot (id, wallet_id, contract_id, store_id, origin, granted, remaining, cost, priority,
                                granted_at, available_from, expires_at, scope_id)
        SELECT l.lot, w.id, l.contract, v_store, l.origin, l.amount, l.amount, l.cost,
               CASE WHEN l.origin = 'bonus' THEN 60 ELSE 50 END, coalesce(l.sold_at, v_at), v_at, l.expires_at, l.scope
        FROM line l JOIN wallet w ON w.member_id = l.member AND w.asset_id = l.asset
    )
    INSERT INTO ledger_movement (txn_id, line, wallet_id, lot_id, amount, contra, charged_value, cost, wallet_seq,
                                 balance_after, lot_after)
    SELECT l.id, l.line, w.id, l.lot, l.amount, 9, 0, l.cost, l.seq, l.balance, l.amount
    FROM line l JOIN wallet w ON w.member_id = l.member AND w.asset_id = l.asset;
END $$;

-- Look up all parents of the openings at once and keep them from going until the commit, as the keys of the tables do
-- row by row: a missing one is refused.
CREATE FUNCTION ledger_hold_parents(p_header jsonb, p_openings jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_parents record;
    v_found bigint;
BEGIN
    FOR v_parents IN
        WITH opening AS MATERIALIZED (
            SELECT * FROM jsonb_to_recordset(p_openings) AS o (member bigint, lots jsonb)
        ), lot AS MATERIALIZED (
            SELECT DISTINCT l.asset, l.scope
            FROM opening o CROSS JOIN LATERAL jsonb_to_recordset(o.lots) AS l (asset bigint, scope bigint)
        )
        SELECT 'members_member' AS tbl, ARRAY(SELECT DISTINCT member FROM opening) AS ids
        UNION ALL SELECT 'ledger_asset', ARRAY(SELECT DISTINCT asset FROM lot)
        UNION ALL SELECT 'ledger_scope', ARRAY(SELECT DISTINCT scope FROM lot WHERE scope IS NOT NULL)
        UNION ALL SELECT 'members_store', ARRAY[(p_header->>'store')::bigint]
        UNION ALL SELECT 'members_issuingentity', ARRAY[(p_header->>'entity')::bigint]
        UNION ALL SELECT 'members_user', array_remove(ARRAY[(p_header->>'operator')::bigint], NULL)
    LOOP
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %I WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE) AS held',
                       v_parents.tbl) INTO v_found USING v_parents.ids;
        IF v_found <> cardinality(v_parents.ids) THEN
            RAISE 'openings name rows that % has not', v_parents.tbl USING ERRCODE = 'foreign_key_violation';
        END IF;
    END LOOP;
END $$;

-- Whether the keys of this session's next rows are proved by the caller instead of row by row, which takes more time
-- than all else of a large import. Only an owner who may say so can; for any other the keys stay as they are.
CREATE FUNCTION ledger_keys_proved(p_proved boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('session_replication_role', CASE WHEN p_proved THEN 'replica' ELSE 'origin' END, true);
EXCEPTION WHEN insufficient_privilege THEN
    RETURN;
END $$;

-- Open the balances of many members in one statement; returns those it left alone, with why (see above). What cannot
-- be written together (a member who meanwhile holds some, an amount out of bounds) is an error and writes nothing.
-- Planned anew each time: the tables grow under it from empty to full.
CREATE FUNCTION ledger_open_many(p_header jsonb, p_openings jsonb) RETURNS TABLE (id uuid, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    v_known uuid[];
    v_why text[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'ledger_open_many needs READ COMMITTED';
    END IF;
    IF EXISTS (
        SELECT FROM jsonb_to_recordset(p_openings) AS o (member bigint, lots jsonb)
        GROUP BY member HAVING min(jsonb_array_length(lots)) < 1 OR sum(jsonb_array_length(lots)) > 49)
    THEN
        RAISE 'openings together give a member from 1 to 49 lots';
    END IF;
    SELECT coalesce(array_agg(k.id), '{}'), array_agg(k.outcome) INTO v_known, v_why
    FROM ledger_openings_known(p_openings) k;
    -- Lots, movements and wallets are one another's parents in one statement; all others are held here.
    PERFORM ledger_hold_parents(p_header, p_openings);
    PERFORM ledger_keys_proved(true);
    PERFORM ledger_write_openings(p_header, p_openings, v_known);
    PERFORM ledger_keys_proved(false);
    RETURN QUERY SELECT * FROM unnest(v_known, v_why);
END $$;
