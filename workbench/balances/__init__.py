"""Balances: rebuilt from their transactions, and each difference explained."""

from workbench.balances.rebuild import make_balance_settings, reconstruct, reconstruct_with
from workbench.balances.result import BalanceSettings, Reconstruction

__all__ = ["BalanceSettings", "Reconstruction", "make_balance_settings", "reconstruct", "reconstruct_with"]
