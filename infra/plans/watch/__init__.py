"""What people see of a stack: logs, notices, one dashboard, the budget."""

from infra.plans.watch.budget import BudgetNotice, BudgetPlan, NoticeKind
from infra.plans.watch.dashboard import Dashboard
from infra.plans.watch.log_groups import LogGroup, LogsPlan, plan_logs
from infra.plans.watch.notices import NoticesPlan, plan_notices
from infra.plans.watch.plan import WatchPlan, plan_watch

__all__ = [
    "BudgetNotice",
    "BudgetPlan",
    "Dashboard",
    "LogGroup",
    "LogsPlan",
    "NoticeKind",
    "NoticesPlan",
    "WatchPlan",
    "plan_logs",
    "plan_notices",
    "plan_watch",
]
