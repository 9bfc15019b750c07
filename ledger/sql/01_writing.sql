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
-- the shares of any sequence of draws add up to the cost exactly.
CREATE FUNCTION ledger_cost_left(granted bigint, cost bigint, remaining bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN cost = 0 THEN 0
                ELSE cost - div(cost::numeric * (granted - remaining), granted)::bigint END
$$;

-- The part of `total` that falls on the units from `before` to `after` of `whole`, by cumulative flooring.
CREATE FUNCTION ledger_share(total bigint, before numeric, after numeric, whole numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT (div(total * after, whole) - div(total * before, whole))::bigint
$$;

-- Stop the running operation with a refusal that ledger_post turns into a stored answer.
CREATE FUNCTION ledger_refuse(code text, params jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'RG001', MESSAGE = code, DETAIL = params::text;
END $$;

-- Write planned changes in their order: movements with running figures, lots, wallets. Returns the last line number.
-- The caller holds the locks of all wallets concerned.
CREATE FUNCTION ledger_write(p_txn uuid, p_line smallint, p_deltas ledger_delta[]) RETURNS smallint
LANGUAGE plpgsql AS $$
BEGIN
    WITH delta AS (
        SELECT * FROM unnest(p_deltas) WITH ORDINALITY
            AS d (lot_id, amount, contra, list_value, charged_value, reverses_line, ord)
    ), running AS (
        SELECT d.*, l.wallet_id, l.granted, l.cost AS lot_cost,
               (l.remaining + sum(d.amount) OVER (PARTITION BY l.id ORDER BY d.ord))::bigint AS lot_after,
               (w.balance + sum(d.amount) OVER (PARTITION BY w.id ORDER BY d.ord))::bigint AS balance_after,
               w.seq + row_number() OVER (PARTITION BY w.id ORDER BY d.ord) AS wallet_seq
        FROM delta d
        JOIN ledger_lot l ON l.id = d.lot_id
        JOIN ledger_wallet w ON w.id = l.wallet_id
    ), lots AS (
        UPDATE ledger_lot l SET remaining = l.remaining + s.amount
        FROM (SELECT lot_id, sum(amount)::bigint AS amount FROM delta GROUP BY lot_id) s
        WHERE l.id = s.lot_id
    ), wallets AS (
        UPDATE ledger_wallet w SET balance = w.balance + s.amount, seq = w.seq + s.lines
        FROM (SELECT wallet_id, sum(amount)::bigint AS amount, count(*) AS lines
              FROM running GROUP BY wallet_id) s
        WHERE w.id = s.wallet_id
    )
    INSERT INTO ledger_movement (txn_id, line, wallet_id, lot_id, amount, contra, list_value, charged_value,
                                 cost, wallet_seq, balance_after, lot_after, reverses_line)
    SELECT p_txn, p_line + ord, wallet_id, lot_id, amount, contra, list_value, share.charged,
           share.cost, wallet_seq, balance_after, lot_after, reverses_line
    FROM running,
         LATERAL (SELECT ledger_cost_left(granted, lot_cost, lot_after)
                         - ledger_cost_left(granted, lot_cost, lot_after - amount) AS cost) c,
         LATERAL (SELECT c.cost, coalesce(charged_value, -c.cost) AS charged) share;
    RETURN p_line + cardinality(p_deltas);
END $$;
