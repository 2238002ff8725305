"""A ledger of 200,000 transactions and 2,000 balances, some of them wrong: made and recalculated by the server."""

from __future__ import annotations

RECALCULATED = """
SELECT balance_id, sum(credit) AS credit, sum(debit) AS debit FROM (
    SELECT destination AS balance_id, precise_amount AS credit, 0 AS debit
    FROM blnk.transactions WHERE status = 'APPLIED'
    UNION ALL
    SELECT source, 0, precise_amount FROM blnk.transactions WHERE status = 'APPLIED') AS posted
GROUP BY balance_id
"""
# Money moves between balances of one currency; every 7th transaction is not applied, every 9,000th is enormous.
SCRIPT = f"""
INSERT INTO blnk.balances (balance_id, currency, ledger_id, balance, credit_balance, debit_balance)
SELECT 'bln_' || n, (ARRAY['USD', 'EUR', 'NGN', 'JPY'])[1 + n % 4], 'general', 0, 0, 0
FROM generate_series(0, 1999) AS n;
INSERT INTO blnk.transactions
    (transaction_id, source, destination, reference, currency, status, created_at, precise_amount, precision, meta_data)
SELECT 'txn_' || n, 'bln_' || place, 'bln_' || (place + 4 * (1 + n % 311)) % 2000, 'ref_' || n,
    (ARRAY['USD', 'EUR', 'NGN', 'JPY'])[1 + place % 4],
    CASE WHEN n % 7 = 0 THEN (ARRAY['QUEUED', 'INFLIGHT', 'VOID', 'REJECTED'])[1 + n % 4] ELSE 'APPLIED' END,
    timestamp '2026-01-01' + n * interval '7.000001 seconds',
    n::bigint * 104729 % 1000003 + CASE WHEN n % 9000 = 0 THEN 1e30 ELSE 0 END, 100, '{{"batch": 1}}'
FROM (SELECT n, n::bigint * 7919 % 2000 AS place FROM generate_series(1, 200000) AS n) AS placed;
UPDATE blnk.balances SET credit_balance = credit, debit_balance = debit, balance = credit - debit
FROM ({RECALCULATED}) AS recalculated WHERE recalculated.balance_id = balances.balance_id;
UPDATE blnk.balances SET credit_balance = credit_balance + 1250, balance = balance + 1250 WHERE id % 100 = 7;
UPDATE blnk.balances SET debit_balance = debit_balance - 9, balance = balance + 9 WHERE id % 250 = 3;
UPDATE blnk.balances SET balance = balance - 1e30 WHERE id % 1000 = 500;
"""
FAULTY = 30
# For each balance what a reconstruction should say: recorded and recalculated figures, and their difference.
FIGURES = f"""
SELECT balances.balance_id, debit_balance::text, credit_balance::text, balance::text,
    debit::text, credit::text, (credit - debit)::text, (credit - debit - balance)::text
FROM blnk.balances JOIN ({RECALCULATED}) AS recalculated ON recalculated.balance_id = balances.balance_id
"""
# What one write anywhere would change.
STATE = """
SELECT pg_snapshot_xmax(pg_current_snapshot())::text,
    (SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM blnk.transactions AS t),
    (SELECT md5(string_agg(b::text, '' ORDER BY id)) FROM blnk.balances AS b)
"""
