-- Open the lot that a grant fills, or grow a free one on the very same terms when the leg allows merging.
CREATE FUNCTION ledger_open_lot(p_wallet bigint, p_leg jsonb, p_header jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_lot bigint;
    v_now timestamptz := (p_header->>'at')::timestamptz;
    v_from timestamptz := coalesce((p_leg->>'available_from')::timestamptz, v_now);
BEGIN
    IF (p_leg->>'amount')::bigint < 1 THEN RAISE 'a grant is positive'; END IF;
    IF (p_leg->>'merge')::boolean AND (p_leg->>'cost')::bigint = 0 AND p_leg->>'contract' IS NULL THEN
        UPDATE ledger_lot SET granted = granted + (p_leg->>'amount')::bigint
        WHERE id = (SELECT id FROM ledger_lot
                    WHERE wallet_id = p_wallet AND is_open AND contract_id IS NULL AND cost = 0
                      AND store_id = (p_header->>'store')::bigint
                      AND origin = p_leg->>'origin' AND priority = (p_leg->>'priority')::smallint
                      AND expires_at IS NOT DISTINCT FROM (p_leg->>'expires_at')::timestamptz
                      AND scope_id IS NOT DISTINCT FROM (p_leg->>'scope')::bigint
                      AND (available_from = v_from OR greatest(available_from, v_from) <= v_now)
                      AND granted + (p_leg->>'amount')::bigint <= 1000000000000
                    ORDER BY id DESC LIMIT 1)
        RETURNING id INTO v_lot;
        IF FOUND THEN RETURN v_lot; END IF;
    END IF;
    IF (SELECT count(*) FROM ledger_lot WHERE wallet_id = p_wallet AND is_open) >= 200 THEN
        PERFORM ledger_refuse('too_many_lots', jsonb_build_object('limit', 200));
    END IF;
    INSERT INTO ledger_lot (wallet_id, contract_id, store_id, origin, granted, remaining, cost, priority,
                            granted_at, available_from, expires_at, scope_id)
    VALUES (p_wallet, (p_leg->>'contract')::uuid, (p_header->>'store')::bigint, p_leg->>'origin',
            (p_leg->>'amount')::bigint, 0, (p_leg->>'cost')::bigint, (p_leg->>'priority')::smallint,
            coalesce((p_leg->>'granted_at')::timestamptz, v_now), v_from,
            (p_leg->>'expires_at')::timestamptz, (p_leg->>'scope')::bigint)
    RETURNING id INTO v_lot;
    RETURN v_lot;
END $$;

-- Size a grant by the money of its own transaction. `share` names the field to fill and the part of the money, from
-- before/whole to after/whole; the money is what other tenders brought plus what had been paid for the stored value
-- drawn so far. What bonus pays for is worth nothing, and only the lots drawn under the lock tell how much that is.
CREATE FUNCTION ledger_sized(p_txn uuid, p_leg jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_part jsonb := p_leg->'share';
    v_money bigint := (v_part->>'money')::bigint - coalesce((SELECT sum(cost) FROM ledger_movement
                                                             WHERE txn_id = p_txn AND contra = 3), 0);
BEGIN
    RETURN p_leg || jsonb_build_object(v_part->>'fills', ledger_share(
        v_money, (v_part->>'before')::numeric, (v_part->>'after')::numeric, (v_part->>'whole')::numeric));
END $$;

-- Carry out one leg and return the last line number.
CREATE FUNCTION ledger_apply(p_txn uuid, p_line smallint, p_leg jsonb, p_header jsonb) RETURNS smallint
LANGUAGE plpgsql AS $$
DECLARE
    v_wallet bigint := (SELECT id FROM ledger_wallet
                        WHERE member_id = (p_leg->>'member')::bigint AND asset_id = (p_leg->>'asset')::bigint);
    v_contra smallint := (p_leg->>'contra')::smallint;
    v_plan ledger_delta[];
    v_short bigint;
    v_debt bigint;
BEGIN
    CASE p_leg->>'op'
    WHEN 'take' THEN
        v_plan := ledger_plan_take(v_wallet, p_leg, p_header);
    WHEN 'grant' THEN
        IF p_leg ? 'share' THEN
            p_leg := ledger_sized(p_txn, p_leg);
            IF p_leg->>'amount' = '0' THEN RETURN p_line; END IF;
        END IF;
        v_plan := ARRAY[ROW(ledger_open_lot(v_wallet, p_leg, p_header), (p_leg->>'amount')::bigint,
                            v_contra, NULL, 0, NULL)::ledger_delta];
    WHEN 'contract' THEN
        INSERT INTO ledger_contract
        SELECT * FROM jsonb_populate_record(NULL::ledger_contract, p_leg->'contract');
        RETURN p_line;
    WHEN 'give_back' THEN
        SELECT plan INTO v_plan FROM ledger_plan_undo((p_header->>'reverses')::uuid, -1, p_leg);
    WHEN 'revoke' THEN
        SELECT plan, short INTO v_plan, v_short FROM ledger_plan_undo((p_header->>'reverses')::uuid, 1, p_leg);
        IF v_short > 0 AND p_leg->>'debt_asset' IS NULL THEN
            PERFORM ledger_refuse('already_used', jsonb_build_object('short', v_short));
        ELSIF v_short > 0 THEN
            p_line := ledger_apply(p_txn, p_line, jsonb_build_object(
                'op', 'grant', 'member', p_leg->'member', 'asset', p_leg->'debt_asset', 'amount', v_short,
                'contra', 8, 'origin', 'debt', 'cost', 0, 'priority', 50, 'merge', true,
                'available_from', '2000-01-01T00:00Z'), p_header);  -- due at once, by a slow till's clock too
        END IF;
    WHEN 'settle' THEN  -- pay a debt from what the member now holds
        SELECT id, least(balance, (p_leg->>'amount')::bigint) INTO v_debt, v_short FROM ledger_wallet
        WHERE member_id = (p_leg->>'member')::bigint AND asset_id = (p_leg->>'debt_asset')::bigint;
        IF coalesce(v_short, 0) = 0 THEN RETURN p_line; END IF;
        v_plan := ledger_plan_take(v_wallet, p_leg || jsonb_build_object('amount', v_short, 'up_to', true), p_header);
        SELECT -sum(amount) INTO v_short FROM unnest(v_plan);
        IF v_short IS NULL THEN RETURN p_line; END IF;
        v_plan := v_plan || ledger_plan_take(v_debt, p_leg || jsonb_build_object('amount', v_short), p_header);
    WHEN 'expire' THEN
        v_plan := ledger_plan_expire(v_wallet, p_header);
    WHEN 'move' THEN
        v_plan := ledger_plan_move(p_leg);
    WHEN 'close' THEN
        v_plan := ledger_plan_close(p_leg);
    END CASE;
    RETURN CASE WHEN v_plan = '{}' THEN p_line ELSE ledger_write(p_txn, p_line, v_plan) END;
END $$;

-- Insert the transaction row; true when the id was free.
CREATE FUNCTION ledger_note(p_header jsonb, p_hash bytea, p_refusal jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_txn (id, kind, outcome, request_hash, refusal, reverses_id, member_id, store_id, till_id,
                            operator_id, reason, business_date, occurred_at, recorded_at)
    VALUES ((p_header->>'id')::uuid, p_header->>'kind', CASE WHEN p_refusal IS NULL THEN 'posted' ELSE 'refused' END,
            p_hash, p_refusal, (p_header->>'reverses')::uuid, (p_header->>'member')::bigint,
            (p_header->>'store')::bigint, (p_header->>'till')::bigint, (p_header->>'operator')::bigint,
            coalesce(p_header->>'reason', ''), (p_header->>'business_date')::date,
            (p_header->>'at')::timestamptz, clock_timestamp())
    ON CONFLICT (id) DO NOTHING;
    RETURN FOUND;
END $$;

-- What a transaction did, the same at every asking: history never changes.
CREATE FUNCTION ledger_answer(p_txn uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_answer jsonb;
BEGIN
    SELECT jsonb_build_object('outcome', t.outcome, 'refusal', t.refusal, 'movements', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'line', m.line, 'wallet', m.wallet_id, 'lot', m.lot_id, 'amount', m.amount, 'cost', m.cost,
            'contra', m.contra, 'balance', m.balance_after) ORDER BY m.line), '[]')
        FROM ledger_movement m WHERE m.txn_id = t.id))
    INTO v_answer FROM ledger_txn t WHERE t.id = p_txn;
    RETURN v_answer;
END $$;

-- The wallets that moved lots leave and enter, made where they enter, and those of the lots of a contract to close.
CREATE FUNCTION ledger_reached_by_lot(p_legs jsonb) RETURNS bigint[]
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_wallet (member_id, asset_id)
    SELECT DISTINCT (leg->>'to_member')::bigint, w.asset_id
    FROM jsonb_array_elements(p_legs) leg JOIN ledger_wallet w
      ON w.member_id = (leg->>'member')::bigint AND (leg->>'asset' IS NULL OR w.asset_id = (leg->>'asset')::bigint)
    WHERE leg->>'op' = 'move'
      AND NOT EXISTS (SELECT FROM ledger_wallet t
                      WHERE t.member_id = (leg->>'to_member')::bigint AND t.asset_id = w.asset_id)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    RETURN ARRAY(
        SELECT w.id FROM jsonb_array_elements(p_legs) leg JOIN ledger_wallet w
          ON w.member_id IN ((leg->>'member')::bigint, (leg->>'to_member')::bigint)
         AND (leg->>'asset' IS NULL OR w.asset_id = (leg->>'asset')::bigint)
        WHERE leg->>'op' = 'move'
        UNION ALL
        SELECT l.wallet_id FROM jsonb_array_elements(p_legs) leg JOIN ledger_lot l
          ON l.contract_id = (leg->>'contract')::uuid
        WHERE leg->>'op' = 'close');
END $$;

-- The wallets an operation touches, made where a grant needs them, locked in the order of their ids.
-- Without this lock first, lots would be chosen from a snapshot older than the wait.
CREATE FUNCTION ledger_lock(p_header jsonb, p_legs jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_by_lot bigint[] := '{}';
BEGIN
    IF p_legs @? '$[*] ? (@.op == "move" || @.op == "close")' THEN
        v_by_lot := ledger_reached_by_lot(p_legs);
    END IF;
    IF p_legs @? '$[*] ? (@.op == "grant" || @.op == "revoke")' THEN
        INSERT INTO ledger_wallet (member_id, asset_id)
        SELECT DISTINCT (leg->>'member')::bigint, a.asset
        FROM jsonb_array_elements(p_legs) leg,
             LATERAL (VALUES ((leg->>'asset')::bigint), ((leg->>'debt_asset')::bigint)) a (asset)
        WHERE leg->>'op' IN ('grant', 'revoke') AND leg ? 'member' AND a.asset IS NOT NULL
          AND NOT EXISTS (SELECT FROM ledger_wallet w
                          WHERE w.member_id = (leg->>'member')::bigint AND w.asset_id = a.asset)
        ORDER BY 1, 2
        ON CONFLICT DO NOTHING;
    END IF;
    PERFORM FROM ledger_wallet
    WHERE id = ANY (ARRAY(
        SELECT w.id FROM jsonb_array_elements(p_legs) leg JOIN ledger_wallet w
          ON w.member_id = (leg->>'member')::bigint
         AND w.asset_id IN ((leg->>'asset')::bigint, (leg->>'debt_asset')::bigint)
        UNION ALL
        SELECT wallet_id FROM ledger_movement WHERE txn_id = (p_header->>'reverses')::uuid
        UNION ALL
        SELECT unnest(v_by_lot)))
    ORDER BY id FOR NO KEY UPDATE;
END $$;

-- Carry out the legs of a fresh id. A refusal takes back what was done so far and is kept as the answer.
-- False: the id is known already. NULL: there was nothing to do, and the id stays free.
CREATE FUNCTION ledger_carry_out(p_header jsonb, p_hash bytea, p_legs jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_line smallint := 0;
    v_leg jsonb;
    v_code text;
    v_params text;
BEGIN
    IF NOT ledger_note(p_header, p_hash, NULL) THEN RETURN false; END IF;
    FOR v_leg IN SELECT * FROM jsonb_array_elements(p_legs) LOOP
        v_line := ledger_apply((p_header->>'id')::uuid, v_line, v_leg, p_header);
    END LOOP;
    IF v_line = 0 THEN RAISE EXCEPTION USING ERRCODE = 'RG002', MESSAGE = 'nothing to post'; END IF;
    RETURN true;
EXCEPTION
    WHEN SQLSTATE 'RG002' THEN RETURN NULL;
    WHEN SQLSTATE 'RG001' THEN
        GET STACKED DIAGNOSTICS v_code = MESSAGE_TEXT, v_params = PG_EXCEPTION_DETAIL;
        RETURN ledger_note(p_header, p_hash, jsonb_build_object('code', v_code, 'params', v_params::jsonb));
END $$;

-- Post one operation. One round trip: lock, try the id under the lock, carry out the legs, keep the answer.
-- A refusal is a committed answer that burns the id; a repeated id gets the first answer, another request a conflict.
-- The plans are made once and go from row to row by index, whatever the statistics of a young or just filled
-- database say: a posting touches a handful of rows, and reading a whole table for them made an import quadratic.
CREATE FUNCTION ledger_post(p_header jsonb, p_legs jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    v_id uuid := (p_header->>'id')::uuid;
    v_hash bytea := sha256(convert_to((p_header->>'kind') || (p_header->'request')::text, 'UTF8'));
    v_fresh boolean;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'ledger_post needs READ COMMITTED';
    END IF;
    IF jsonb_array_length(p_legs) > 50 THEN RAISE 'ledger_post takes at most 50 legs'; END IF;
    PERFORM ledger_lock(p_header, p_legs);
    v_fresh := ledger_carry_out(p_header, v_hash, p_legs);
    IF v_fresh IS NULL THEN RETURN jsonb_build_object('outcome', 'empty', 'movements', '[]'::jsonb); END IF;
    IF v_fresh THEN RETURN ledger_answer(v_id); END IF;
    IF v_hash <> (SELECT request_hash FROM ledger_txn WHERE id = v_id) THEN
        RETURN jsonb_build_object('outcome', 'conflict');
    END IF;
    RETURN ledger_answer(v_id) || jsonb_build_object('replayed', true);
END $$;
