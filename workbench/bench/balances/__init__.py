"""The balances bench: choose source and instant, see what differs, open a balance, collect corrections."""

from workbench.bench.balances.bench import BalancesBench, balances_bench

__all__ = ["BalancesBench", "balances_bench"]
