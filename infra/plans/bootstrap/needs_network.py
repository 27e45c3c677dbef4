"""What the deploy role needs for networks, load balancers and names."""

from __future__ import annotations

from collections.abc import Mapping

from infra.plans.bootstrap.needs import Area, Needs, ec2

_ELB = "arn:{arn}:elasticloadbalancing:{region}:{account}"

NETWORK: Mapping[str, Needs] = {
    "aws:ec2/vpc:Vpc": Needs(
        area=Area.NETWORK,
        arns=ec2("vpc"),
        creates=("ec2:CreateVpc",),
        changes=("ec2:DeleteVpc", "ec2:ModifyVpcAttribute"),
        reads=("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute"),
        tagged=True,
    ),
    "aws:ec2/subnet:Subnet": Needs(
        area=Area.NETWORK,
        arns=ec2("subnet", "vpc"),
        creates=("ec2:CreateSubnet",),
        changes=("ec2:DeleteSubnet", "ec2:ModifySubnetAttribute"),
        reads=("ec2:DescribeSubnets",),
        tagged=True,
    ),
    "aws:ec2/internetGateway:InternetGateway": Needs(
        area=Area.NETWORK,
        arns=ec2("internet-gateway", "vpc"),
        creates=("ec2:CreateInternetGateway",),
        changes=(
            "ec2:AttachInternetGateway",
            "ec2:DeleteInternetGateway",
            "ec2:DetachInternetGateway",
        ),
        reads=("ec2:DescribeInternetGateways",),
        tagged=True,
    ),
    "aws:ec2/routeTable:RouteTable": Needs(
        area=Area.NETWORK,
        arns=ec2("route-table", "vpc"),
        creates=("ec2:CreateRouteTable",),
        changes=("ec2:DeleteRouteTable",),
        reads=("ec2:DescribeRouteTables",),
        tagged=True,
    ),
    "aws:ec2/route:Route": Needs(
        area=Area.NETWORK,
        arns=ec2("route-table"),
        changes=("ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute"),
        tagged=True,
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Needs(
        area=Area.NETWORK,
        arns=ec2("route-table", "subnet"),
        changes=(
            "ec2:AssociateRouteTable",
            "ec2:DisassociateRouteTable",
            "ec2:ReplaceRouteTableAssociation",
        ),
        tagged=True,
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Needs(
        area=Area.NETWORK,
        arns=ec2("vpc-endpoint", "vpc", "route-table", "subnet", "security-group"),
        creates=("ec2:CreateVpcEndpoint",),
        changes=("ec2:DeleteVpcEndpoints", "ec2:ModifyVpcEndpoint"),
        reads=(
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcEndpointServices",
            "ec2:DescribePrefixLists",
        ),
        tagged=True,
    ),
    "aws:ec2/securityGroup:SecurityGroup": Needs(
        area=Area.NETWORK,
        arns=ec2("security-group", "vpc"),
        creates=("ec2:CreateSecurityGroup",),
        changes=("ec2:DeleteSecurityGroup",),
        reads=("ec2:DescribeSecurityGroups", "ec2:DescribeNetworkInterfaces"),
        tagged=True,
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Needs(
        # It belongs to a VPC of ours and has no tag before it is taken over.
        area=Area.NETWORK,
        arns=ec2("security-group"),
        changes=("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
        reads=("ec2:DescribeSecurityGroups",),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Needs(
        area=Area.NETWORK,
        arns=ec2("security-group", "security-group-rule"),
        creates=("ec2:AuthorizeSecurityGroupIngress",),
        changes=("ec2:ModifySecurityGroupRules",),
        reads=("ec2:DescribeSecurityGroupRules",),
        tagged=True,
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Needs(
        area=Area.NETWORK,
        arns=ec2("security-group", "security-group-rule"),
        creates=("ec2:AuthorizeSecurityGroupEgress",),
        changes=("ec2:ModifySecurityGroupRules",),
        reads=("ec2:DescribeSecurityGroupRules",),
        tagged=True,
    ),
    "aws:ec2/flowLog:FlowLog": Needs(
        area=Area.NETWORK,
        arns=ec2("vpc-flow-log", "vpc"),
        creates=("ec2:CreateFlowLogs",),
        changes=("ec2:DeleteFlowLogs",),
        reads=("ec2:DescribeFlowLogs",),
        tagged=True,
    ),
    "aws:ec2/eip:Eip": Needs(
        area=Area.NETWORK,
        arns=ec2("elastic-ip", "network-interface"),
        creates=("ec2:AllocateAddress",),
        changes=("ec2:AssociateAddress", "ec2:DisassociateAddress", "ec2:ReleaseAddress"),
        reads=("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute"),
        tagged=True,
    ),
    "aws:lb/loadBalancer:LoadBalancer": Needs(
        area=Area.NETWORK,
        arns=(f"{_ELB}:loadbalancer/net/{{name}}-*",),
        changes=(
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:DeleteLoadBalancer",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            "elasticloadbalancing:SetSecurityGroups",
            "elasticloadbalancing:SetSubnets",
        ),
        reads=(
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeTags",
        ),
    ),
    "aws:lb/targetGroup:TargetGroup": Needs(
        area=Area.NETWORK,
        arns=(f"{_ELB}:targetgroup/{{name}}-*",),
        changes=(
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:DeleteTargetGroup",
            "elasticloadbalancing:ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
        ),
        reads=(
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetHealth",
        ),
    ),
    "aws:lb/listener:Listener": Needs(
        area=Area.NETWORK,
        arns=(f"{_ELB}:listener/net/{{name}}-*", f"{_ELB}:loadbalancer/net/{{name}}-*"),
        changes=(
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:DeleteListener",
            "elasticloadbalancing:ModifyListener",
        ),
        reads=(
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeListenerAttributes",
        ),
    ),
    "aws:route53/zone:Zone": Needs(
        area=Area.NETWORK,
        arns=("arn:{arn}:route53:::hostedzone/*", "arn:{arn}:route53:::change/*"),
        creates=("route53:CreateHostedZone",),
        changes=(
            "route53:AssociateVPCWithHostedZone",
            "route53:ChangeTagsForResource",
            "route53:DeleteHostedZone",
        ),
        looks=("route53:GetChange", "route53:GetHostedZone", "route53:ListTagsForResource"),
        reads=("route53:ListHostedZones",),
    ),
    "aws:route53/record:Record": Needs(
        area=Area.NETWORK,
        arns=("arn:{arn}:route53:::hostedzone/*",),
        changes=("route53:ChangeResourceRecordSets",),
        looks=("route53:GetHostedZone", "route53:ListResourceRecordSets"),
    ),
    "aws:route53/healthCheck:HealthCheck": Needs(
        area=Area.NETWORK,
        arns=("arn:{arn}:route53:::healthcheck/*",),
        creates=("route53:CreateHealthCheck",),
        changes=(
            "route53:ChangeTagsForResource",
            "route53:DeleteHealthCheck",
            "route53:UpdateHealthCheck",
        ),
        looks=("route53:GetHealthCheck", "route53:ListTagsForResource"),
    ),
}
