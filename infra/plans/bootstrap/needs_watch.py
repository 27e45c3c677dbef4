"""What the deploy role needs for roles, logs, alarms, notices and the budget."""

from __future__ import annotations

from collections.abc import Mapping

from infra.plans.bootstrap.needs import Area, Needs

_ROLES = ("arn:{arn}:iam::{account}:role/{name}-*",)
_ALARMS = ("arn:{arn}:cloudwatch:{region}:{account}:alarm:{name}-*",)
_LOGS = ("arn:{arn}:logs:{region}:{account}:log-group:/{name}/*",)

# Making a role and writing its policy depend on the permissions boundary: `fixed.py`.
IDENTITY: Mapping[str, Needs] = {
    "aws:iam/role:Role": Needs(
        area=Area.IDENTITY,
        arns=_ROLES,
        changes=("iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateRole"),
        looks=(
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
            "iam:ListRoleTags",
        ),
        reads=("iam:ListRoles",),
    ),
    "aws:iam/rolePolicy:RolePolicy": Needs(
        area=Area.IDENTITY,
        arns=_ROLES,
        changes=("iam:DeleteRolePolicy",),
        looks=("iam:GetRolePolicy",),
    ),
    "aws:iam/instanceProfile:InstanceProfile": Needs(
        area=Area.IDENTITY,
        arns=("arn:{arn}:iam::{account}:instance-profile/{name}-*",),
        changes=(
            "iam:AddRoleToInstanceProfile",
            "iam:CreateInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagInstanceProfile",
            "iam:UntagInstanceProfile",
        ),
        looks=("iam:GetInstanceProfile",),
    ),
}

WATCH: Mapping[str, Needs] = {
    "aws:cloudwatch/logGroup:LogGroup": Needs(
        area=Area.WATCH,
        arns=_LOGS,
        changes=(
            "logs:AssociateKmsKey",
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DeleteRetentionPolicy",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
        ),
        looks=("logs:ListTagsForResource",),
        reads=("logs:DescribeLogGroups",),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Needs(
        area=Area.WATCH,
        arns=_ALARMS,
        changes=(
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DisableAlarmActions",
            "cloudwatch:EnableAlarmActions",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:TagResource",
            "cloudwatch:UntagResource",
        ),
        looks=("cloudwatch:ListTagsForResource",),
        reads=("cloudwatch:DescribeAlarms",),
    ),
    "aws:cloudwatch/dashboard:Dashboard": Needs(
        area=Area.WATCH,
        arns=("arn:{arn}:cloudwatch::{account}:dashboard/{name}-*",),
        changes=("cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"),
        looks=("cloudwatch:GetDashboard",),
    ),
    "aws:sns/topic:Topic": Needs(
        area=Area.WATCH,
        arns=("arn:{arn}:sns:{region}:{account}:{name}-*",),
        changes=(
            "sns:CreateTopic",
            "sns:DeleteTopic",
            "sns:SetTopicAttributes",
            "sns:TagResource",
            "sns:UntagResource",
        ),
        looks=("sns:GetTopicAttributes", "sns:ListTagsForResource"),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Needs(
        area=Area.WATCH,
        arns=("arn:{arn}:sns:{region}:{account}:{name}-*",),
        changes=("sns:SetTopicAttributes",),
        looks=("sns:GetTopicAttributes",),
    ),
    "aws:sns/topicSubscription:TopicSubscription": Needs(
        area=Area.WATCH,
        arns=("arn:{arn}:sns:{region}:{account}:{name}-*",),
        changes=("sns:Subscribe", "sns:Unsubscribe"),
        looks=("sns:GetSubscriptionAttributes",),
    ),
    "aws:budgets/budget:Budget": Needs(
        area=Area.WATCH,
        arns=("arn:{arn}:budgets::{account}:budget/{name}-*",),
        changes=("budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"),
        looks=("budgets:ListTagsForResource", "budgets:ViewBudget"),
    ),
}
