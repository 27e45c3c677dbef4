"""Network and addresses: VPC, security groups, zones, load balancers."""

from __future__ import annotations

from collections.abc import Mapping

from infra.standin.kinds.kind import Kind, forces

_EC2 = "arn:aws:ec2:{region}:{account}"
_ELB = "arn:aws:elasticloadbalancing:{region}:{account}"

KINDS: Mapping[str, Kind] = {
    "aws:ec2/vpc:Vpc": Kind(
        id="vpc-{hex}",
        arn=f"{_EC2}:vpc/{{id}}",
        computed={
            "defaultSecurityGroupId": "sg-{hex}",
            "mainRouteTableId": "rtb-{hex}",
            "defaultRouteTableId": "rtb-{hex}",
            "defaultNetworkAclId": "acl-{hex}",
            "ownerId": "{account}",
        },
        replaces=forces("cidrBlock"),
    ),
    "aws:ec2/subnet:Subnet": Kind(
        id="subnet-{hex}",
        arn=f"{_EC2}:subnet/{{id}}",
        computed={"ownerId": "{account}"},
        replaces=forces("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"),
    ),
    "aws:ec2/internetGateway:InternetGateway": Kind(
        id="igw-{hex}",
        arn=f"{_EC2}:internet-gateway/{{id}}",
        computed={"ownerId": "{account}"},
    ),
    "aws:ec2/routeTable:RouteTable": Kind(
        id="rtb-{hex}",
        arn=f"{_EC2}:route-table/{{id}}",
        computed={"ownerId": "{account}"},
        replaces=forces("vpcId"),
    ),
    "aws:ec2/route:Route": Kind(
        id="r-{routeTableId}{short}",
        computed={"state": "active", "origin": "CreateRoute"},
        replaces=forces("routeTableId", "destinationCidrBlock"),
        has_tags=False,
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Kind(
        id="rtbassoc-{hex}", replaces=forces("subnetId", "gatewayId"), has_tags=False
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Kind(
        id="vpce-{hex}",
        arn=f"{_EC2}:vpc-endpoint/{{id}}",
        computed={"prefixListId": "pl-{short}", "state": "available", "ownerId": "{account}"},
        replaces=forces("vpcId", "serviceName", "vpcEndpointType"),
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Kind(
        id="sg-{hex}",
        arn=f"{_EC2}:security-group/{{id}}",
        computed={"ownerId": "{account}", "name": "default"},
        replaces=forces("vpcId"),
    ),
    "aws:ec2/securityGroup:SecurityGroup": Kind(
        id="sg-{hex}",
        arn=f"{_EC2}:security-group/{{id}}",
        computed={"ownerId": "{account}"},
        named_by="name",
        replaces=forces("name", "namePrefix", "description", "vpcId"),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Kind(
        id="sgr-{hex}",
        arn=f"{_EC2}:security-group-rule/{{id}}",
        computed={"securityGroupRuleId": "{id}"},
        replaces=forces("securityGroupId"),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Kind(
        id="sgr-{hex}",
        arn=f"{_EC2}:security-group-rule/{{id}}",
        computed={"securityGroupRuleId": "{id}"},
        replaces=forces("securityGroupId"),
    ),
    "aws:ec2/flowLog:FlowLog": Kind(
        id="fl-{hex}",
        arn=f"{_EC2}:vpc-flow-log/{{id}}",
        replaces=forces(
            "vpcId", "logDestination", "iamRoleArn", "trafficType", "logDestinationType"
        ),
    ),
    "aws:route53/zone:Zone": Kind(
        id="Z{short}ZONE",
        arn="arn:aws:route53:::hostedzone/{id}",
        computed={"zoneId": "{id}", "primaryNameServer": "ns-0.awsdns-00.com"},
        replaces=forces("name", "delegationSetId"),
    ),
    "aws:route53/record:Record": Kind(
        id="{zoneId}_{name}_{type}",
        computed={"fqdn": "{name}"},
        replaces=forces("zoneId", "name", "type", "setIdentifier"),
        has_tags=False,
    ),
    "aws:route53/healthCheck:HealthCheck": Kind(
        id="{hex}",
        arn="arn:aws:route53:::healthcheck/{id}",
        replaces=forces("type", "ipAddress", "referenceName", "requestInterval", "measureLatency"),
    ),
    "aws:lb/loadBalancer:LoadBalancer": Kind(
        id="{arn}",
        arn=f"{_ELB}:loadbalancer/net/{{name}}/{{short}}",
        computed={
            "arnSuffix": "net/{name}/{short}",
            "dnsName": "{name}-{short}.elb.{region}.amazonaws.com",
            "zoneId": "Z{short}NLB",
            "vpcId": "vpc-{hex}",
        },
        named_by="name",
        replaces=forces("name", "internal", "loadBalancerType"),
    ),
    "aws:lb/targetGroup:TargetGroup": Kind(
        id="{arn}",
        arn=f"{_ELB}:targetgroup/{{name}}/{{short}}",
        computed={"arnSuffix": "targetgroup/{name}/{short}"},
        named_by="name",
        replaces=forces("name", "port", "protocol", "targetType", "vpcId", "ipAddressType"),
    ),
    "aws:lb/listener:Listener": Kind(
        id="{arn}",
        arn=f"{_ELB}:listener/net/standin/{{short}}/{{hex}}",
        replaces=forces("loadBalancerArn"),
    ),
}
