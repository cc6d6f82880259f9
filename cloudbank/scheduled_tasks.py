"""The timetable for a bank without hosts: each job a schedule that runs a task (deploy/templates/schedules.yaml)."""

import json

from cloudbank.timetable import TIMETABLE, Planned, aws_cron

CONTAINER = "jobs"
"""Of the jobs' task definition in deploy/templates/fargate.yaml."""
RUNNER = "deploy/host/run-job"

_HEAD = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: >-
  Cloud Bank, after fargate.yaml: what runs by itself, as tasks. Times are the bank's own; a task may be started twice,
  the lease of its job lets one run.

Parameters:
  Bank: { Type: String, Default: cloudbank, AllowedPattern: "[a-z][a-z0-9-]{1,20}" }
  BankTimezone: { Type: String, Default: America/New_York, AllowedPattern: "[A-Za-z]+/[A-Za-z_]+" }
  State: { Type: String, Default: ENABLED, AllowedValues: [ENABLED, DISABLED], Description: DISABLED in a restore. }

Resources:
  Group:
    Type: AWS::Scheduler::ScheduleGroup
    Properties: { Name: !Ref Bank }
"""


def schedule(planned: Planned) -> str:
    """One job. The family without a revision: each run takes the newest release's."""
    name = "".join(part.capitalize() for part in planned.name.split("-"))
    asked = {"containerOverrides": [{"name": CONTAINER, "command": [RUNNER, planned.name, *planned.command.split()]}]}
    return f"""
  {name}:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: !Sub "${{Bank}}-{planned.name}"
      GroupName: !Ref Group
      Description: "{planned.about}"
      State: !Ref State
      ScheduleExpression: {aws_cron(planned.when)}
      ScheduleExpressionTimezone: !Ref BankTimezone
      FlexibleTimeWindow: {{ Mode: "OFF" }}
      Target:
        Arn: {{ Fn::ImportValue: !Sub "${{Bank}}-ClusterArn" }}
        RoleArn: {{ Fn::ImportValue: !Sub "${{Bank}}-TimetableRoleArn" }}
        RetryPolicy: {{ MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 }}
        EcsParameters:
          TaskDefinitionArn: {{ Fn::ImportValue: !Sub "${{Bank}}-JobsFamilyArn" }}
          LaunchType: FARGATE
          PropagateTags: TASK_DEFINITION
          NetworkConfiguration:
            AwsvpcConfiguration:
              AssignPublicIp: DISABLED
              SecurityGroups: [Fn::ImportValue: !Sub "${{Bank}}-JobsGroupId"]
              Subnets: {{ Fn::Split: [",", Fn::ImportValue: !Sub "${{Bank}}-PrivateSubnets"] }}
        Input: '{json.dumps(asked)}'
"""


def schedules_template() -> str:
    """The stack of all of them. What stays (`deliver_messages --watch`) is a service of fargate.yaml."""
    runs = [planned for planned in TIMETABLE if not planned.stays and not planned.example]
    return _HEAD + "".join(schedule(planned) for planned in runs)
