"""What stands between the world and the bank: the network, the load balancer, the hosts, CloudFront, the firewall."""

import json
import re

from django.urls import reverse

from cloudbank.tests.cloudformation import resources, template


def test_the_world_reaches_the_load_balancer_only_and_by_443_or_to_be_sent_there() -> None:
    inward = {name: one["Properties"] for name, one in resources("AWS::EC2::SecurityGroupIngress")}
    open_ones = {name: one for name, one in inward.items() if "CidrIp" in one}
    assert {(one["GroupId"]["Ref"], one["FromPort"], one["ToPort"]) for one in open_ones.values()} == {
        ("BalancerGroup", 443, 443), ("BalancerGroup", 80, 80),
    }  # fmt: skip
    for name, one in inward.items():
        assert one["FromPort"] == one["ToPort"] and one["FromPort"] in (80, 443, 587, 8000), name
    for name, group in resources("AWS::EC2::SecurityGroup"):
        has = group["Properties"]
        assert "SecurityGroupIngress" not in has and has["SecurityGroupEgress"], name
        assert all(
            rule["IpProtocol"] == "tcp" and rule["ToPort"] in (443, 587, 8000) for rule in has["SecurityGroupEgress"]
        )


def test_nothing_is_spoken_without_tls() -> None:
    found = template("balancer")["Resources"]
    https = found["Https"]["Properties"]
    # "Res": TLS 1.2 with forward secrecy and GCM only, and 1.3. Without it CBC is offered.
    assert (https["Protocol"], https["SslPolicy"]) == ("HTTPS", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06")
    (only,) = found["Http"]["Properties"]["DefaultActions"]
    assert only["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    edge = template("edge")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    assert edge["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    behaviours = [edge["DefaultCacheBehavior"], *edge["CacheBehaviors"]]
    assert {one["ViewerProtocolPolicy"] for one in behaviours} == {"redirect-to-https"}


def test_pages_are_kept_by_no_cache() -> None:
    edge = template("edge")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert edge["DefaultCacheBehavior"]["CachePolicyId"] == disabled
    assert [one["PathPattern"] for one in edge["CacheBehaviors"]] == ["/static/*"]


def test_hosts_have_no_public_address_no_ssh_and_ask_for_tokens() -> None:
    for name, one in resources("AWS::EC2::LaunchTemplate"):
        has = one["Properties"]["LaunchTemplateData"]
        assert has["MetadataOptions"]["HttpTokens"] == "required", name
        assert not {"KeyName", "NetworkInterfaces"} & set(has), name
        assert all(disk["Ebs"]["Encrypted"] is True for disk in has["BlockDeviceMappings"]), name
    for name, group in resources("AWS::AutoScaling::AutoScalingGroup"):
        assert "PrivateSubnets" in json.dumps(group["Properties"]["VPCZoneIdentifier"]), name
        # By the balancer's check, a DynamoDB that is away would have every host replaced.
        assert group["Properties"]["HealthCheckType"] == "EC2", name


def test_a_new_release_waits_for_its_hosts() -> None:
    web = template("app")["Resources"]["WebGroup"]
    assert web["UpdatePolicy"]["AutoScalingRollingUpdate"]["WaitOnResourceSignals"] is True
    assert "cfn-signal" in json.dumps(template("app")["Resources"]["WebTemplate"])
    assert template("balancer")["Resources"]["Hosts"]["Properties"]["HealthCheckPath"] == "/readyz"


def test_scaling_sees_each_minute() -> None:
    """EC2 tells every five minutes unless it is asked: a policy would then scale after the rush."""
    assert template("app")["Resources"]["WebTemplate"]["Properties"]["LaunchTemplateData"]["Monitoring"] == {
        "Enabled": True
    }


def test_hosts_and_tasks_may_stand_behind_the_balancer_at_once_and_one_of_them_serves() -> None:
    """A target group that no listener names is refused by a service of ECS: the idle one has the weight 0."""
    known = template("balancer")
    (action,) = known["Resources"]["Https"]["Properties"]["DefaultActions"]
    groups = {
        one["TargetGroupArn"]["Ref"]: one["Weight"]["Fn::FindInMap"] for one in action["ForwardConfig"]["TargetGroups"]
    }
    assert set(groups) == {"Hosts", "Tasks"}
    assert known["Mappings"]["Weights"] == {"hosts": {"Hosts": 1, "Tasks": 0}, "tasks": {"Hosts": 0, "Tasks": 1}}
    assert all(place == ["Weights", {"Ref": "Serve"}, name] for name, place in groups.items())
    kinds = {name: known["Resources"][name]["Properties"]["TargetType"] for name in groups}
    assert kinds == {"Hosts": "instance", "Tasks": "ip"}


def test_nothing_leaves_by_an_endpoint_into_another_account() -> None:
    """Without a NAT gateway these two are the only ways out; credentials that were brought along would else open any bucket."""
    found = template("network")["Resources"]
    own = {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    (tables,) = found["DynamoEndpoint"]["Properties"]["PolicyDocument"]["Statement"]
    assert tables["Condition"] == own
    buckets, packages = found["S3Endpoint"]["Properties"]["PolicyDocument"]["Statement"]
    assert buckets["Condition"] == own
    assert packages["Action"] == "s3:GetObject" and all(
        "${AWS::Region}" in one["Fn::Sub"] for one in packages["Resource"]
    )
    assert any("al2023-repos" in one["Fn::Sub"] for one in packages["Resource"]), "dnf has no other way"


def test_zones_are_chosen_because_not_every_endpoint_is_in_every_zone() -> None:
    found = template("network")
    for name in ("PublicA", "PublicB", "PrivateA", "PrivateB"):
        zone = found["Resources"][name]["Properties"]["AvailabilityZone"]
        assert zone["Fn::Select"][1] == {"Ref": "Zones"}, name
    conditions = {name: one.get("Condition") for name, one in resources("AWS::EC2::VPCEndpoint")}
    assert conditions["network.MailEndpoint"] == "HasMail"
    assert conditions["network.ImagesEndpoint"] == conditions["network.LayersEndpoint"] == "HasTasks"


def test_what_runs_in_the_private_network_reaches_what_it_asks() -> None:
    """One endpoint each: logs, secrets, topic, mail, a shell, CloudFormation's signal; images for tasks."""
    services = {
        one["Properties"]["ServiceName"]["Fn::Sub"].removeprefix("com.amazonaws.${AWS::Region}.")
        for _, one in resources("AWS::EC2::VPCEndpoint")
    }
    assert services == {
        "dynamodb", "s3", "logs", "secretsmanager", "sns", "email-smtp", "ssm", "ssmmessages", "cloudformation",
        "ecr.api", "ecr.dkr",
    }  # fmt: skip


def test_static_files_of_cloudfront_have_the_headers_that_the_pages_have() -> None:
    edge = template("edge")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    security_headers = "67f7725c-6f97-4210-82d7-5512b31e9d03"
    assert edge["CacheBehaviors"][0]["ResponseHeadersPolicyId"] == security_headers


def test_the_firewall_blocks_floods_and_lets_files_be_uploaded() -> None:
    rules = {one["Name"]: one for one in template("firewall")["Resources"]["Firewall"]["Properties"]["Rules"]}
    assert len({one["Priority"] for one in rules.values()}) == len(rules)
    for name in ("floods", "tried-passwords"):
        # By the address that connects: what a header says of it, its sender chose.
        assert rules[name]["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
        assert "Block" in rules[name]["Action"]
    common = rules["common"]["Statement"]["ManagedRuleGroupStatement"]
    assert (common["VendorName"], common["Name"]) == ("AWS", "AWSManagedRulesCommonRuleSet")
    counted = {one["Name"] for one in common["RuleActionOverrides"] if one["ActionToUse"] == {"Count": {}}}
    assert "SizeRestrictions_BODY" in counted


def test_the_firewall_counts_the_addresses_that_take_passwords() -> None:
    rules = {one["Name"]: one for one in template("firewall")["Resources"]["Firewall"]["Properties"]["Rules"]}
    narrowed = rules["tried-passwords"]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]["AndStatement"]
    (regex,) = (
        one["RegexMatchStatement"]["RegexString"] for one in narrowed["Statements"] if "RegexMatchStatement" in one
    )
    for name in ("login", "register", "password_reset"):
        assert re.search(regex, reverse(name)), name
    assert not re.search(regex, reverse("transfer"))
