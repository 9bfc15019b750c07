-- A planned change of one lot. Plans are made by the ledger_plan_* functions and written by ledger_write.
CREATE TYPE ledger_delta AS (
    lot_id bigint,
    amount bigint,          -- positive: the member gains
    contra smallint,
    list_value bigint,      -- signed as delivered: positive on a debit, negative when it is given back
    charged_value bigint,
    reverses_line smallint
);

-- What of a lot's cost is not yet used when `remaining` of `granted` units are left: cumulative flooring, so that
-- the shares of any sequence of draws add up to the cost exactly. Products that fit a bigint are spared the slow numeric.
CREATE FUNCTION ledger_cost_left(granted bigint, cost bigint, remaining bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cost = 0 THEN 0
                WHEN remaining = granted THEN cost
                WHEN cost < 2147483648 AND granted < 2147483648 THEN cost - cost * (granted - remaining) / granted
                ELSE cost - div(cost::numeric * (granted - remaining), granted)::bigint END
$$;

-- The part of `total` that falls on the units from `before` to `after` of `whole`, by cumulative flooring.
CREATE FUNCTION ledger_share(total bigint, before numeric, after numeric, whole numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (div(total * after, whole) - div(total * before, whole))::bigint
$$;

-- Stop the running operation with a refusal that ledger_post turns into a stored answer.
CREATE FUNCTION ledger_refuse(code text, params jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'RG001', MESSAGE = code, DETAIL = params::text;
END $$;

-- Write planned changes in their order: lot, wallet, and the movement with the running figures after both.
-- Returns the last line number. The caller holds the locks of all wallets concerned.
CREATE FUNCTION ledger_write(p_txn uuid, p_line smallint, p_deltas ledger_delta[]) RETURNS smallint
LANGUAGE plpgsql AS $$
DECLARE
    d ledger_delta;
    v_lot ledger_lot;
    v_wallet ledger_wallet;
    v_cost bigint;
BEGIN
    FOREACH d IN ARRAY p_deltas LOOP
        p_line := p_line + 1;
        UPDATE ledger_lot SET remaining = remaining + d.amount WHERE id = d.lot_id RETURNING * INTO v_lot;
        UPDATE ledger_wallet SET balance = balance + d.amount, seq = seq + 1
        WHERE id = v_lot.wallet_id RETURNING * INTO v_wallet;
        v_cost := ledger_cost_left(v_lot.granted, v_lot.cost, v_lot.remaining)
                  - ledger_cost_left(v_lot.granted, v_lot.cost, v_lot.remaining - d.amount);
        INSERT INTO ledger_movement (txn_id, line, wallet_id, lot_id, amount, contra, list_value, charged_value,
                                     cost, wallet_seq, balance_after, lot_after, reverses_line)
        VALUES (p_txn, p_line, v_wallet.id, v_lot.id, d.amount, d.contra, d.list_value,
                coalesce(d.charged_value, -v_cost), v_cost, v_wallet.seq, v_wallet.balance, v_lot.remaining,
                d.reverses_line);
    END LOOP;
    RETURN p_line;
END $$;
