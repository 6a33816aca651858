// Written by deploy/embed from deploy/template.yaml. Do not edit.
// swift-format-ignore-file

/// The CloudFormation template of the fleet.
enum EmbeddedTemplate {
    static let text = ####"""
AWSTemplateFormatVersion: "2010-09-09"
Description: Strata's fleet. What holds data, the functions, the state machine that runs them, and what watches it.

Parameters:
  Table: { Type: String, Default: strata, Description: "The ledger's table, as 'ledger' in strata.yaml names it." }
  Suffix: { Type: String, Default: "", Description: "The end of the bucket's name: empty, or '-' and a fleet's name." }
  Code: { Type: String, Description: "The functions' zip in the bucket: code/SHA256.zip." }
  Configuration: { Type: String, Description: "The configuration in the bucket: config/SHA256.json." }
  Architecture: { Type: String, Default: x86_64, AllowedValues: [x86_64, arm64] }
  Schedule: { Type: String, Default: rate(6 hours), Description: "When a run begins: rate(…) or cron(…)." }
  ScheduleState: { Type: String, Default: DISABLED, AllowedValues: [ENABLED, DISABLED] }
  Prune: { Type: String, Default: "false", AllowedValues: ["true", "false"], Description: Whether scheduled runs prune. }
  BatchesAtOnce: { Type: Number, Default: 8, MinValue: 1, MaxValue: 1000, Description: Batches that are resolved at once. }
  PublicationsInFlight:
    { Type: Number, Default: 4, MinValue: 1, MaxValue: 15, Description: Publications that are in flight in each region. }
  ToleratedFailurePercentage:
    { Type: String, Default: "10.0", Description: The share of items that may fail before a run is given up. }
  DeployKeySecret: { Type: String, Default: "", Description: The secret to make for the deploy key; empty if it exists. }
  KeyArns: { Type: CommaDelimitedList, Description: The secrets and parameters that hold the keys. }
  StagingBuckets: { Type: String, Default: "", Description: "What the staging buckets' names fit; may be empty." }
  LayerNames: { Type: String, Default: "*", Description: The pattern of the layers' names. }
  Protected: { Type: String, Default: "true", AllowedValues: ["true", "false"], Description: Whether the table can be deleted. }
  SilentDays:
    { Type: Number, Default: 1, MinValue: 0, MaxValue: 7, Description: Days without a success that are an alarm; 0 for never. }
  Email: { Type: String, Default: "", Description: Who is told of reports and alarms; may be empty. }
  GitHubRepository: { Type: String, Default: "", Description: "OWNER/NAME whose workflows may start runs; may be empty." }
  GitHubProvider: { Type: String, Default: "", Description: The ARN of GitHub's OIDC provider if the account has it. }

Conditions:
  MakesDeployKey: !Not [!Equals [!Ref DeployKeySecret, ""]]
  IsScheduled: !Equals [!Ref ScheduleState, ENABLED]
  IsProtected: !Equals [!Ref Protected, "true"]
  IsWatched: !And [{ Condition: IsScheduled }, !Not [!Equals [!Ref SilentDays, 0]]]
  HasStaging: !Not [!Equals [!Ref StagingBuckets, ""]]
  HasEmail: !Not [!Equals [!Ref Email, ""]]
  HasGitHub: !Not [!Equals [!Ref GitHubRepository, ""]]
  MakesProvider: !And [{ Condition: HasGitHub }, !Equals [!Ref GitHubProvider, ""]]

Resources:
  # What holds data. A new deployment begins with this part alone: the functions' code must lie in the bucket before
  # there can be functions.
  Ledger:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      TableName: !Ref Table
      BillingMode: PAY_PER_REQUEST
      # Not while it is made: a creation that fails takes it away again.
      DeletionProtectionEnabled: !If [IsProtected, true, false]
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
      SSESpecification: { SSEEnabled: false }
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
        - { AttributeName: sk, AttributeType: S }
        - { AttributeName: gpk, AttributeType: S }
        - { AttributeName: gsk, AttributeType: S }
      KeySchema:
        - { AttributeName: pk, KeyType: HASH }
        - { AttributeName: sk, KeyType: RANGE }
      GlobalSecondaryIndexes:
        - IndexName: listing
          KeySchema:
            - { AttributeName: gpk, KeyType: HASH }
            - { AttributeName: gsk, KeyType: RANGE }
          Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [json, version] }

  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      BucketName: !Sub strata-${AWS::AccountId}-${AWS::Region}${Suffix}
      BucketEncryption:
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: AES256 } }]
      OwnershipControls: { Rules: [{ ObjectOwnership: BucketOwnerEnforced }] }
      PublicAccessBlockConfiguration:
        { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }
      VersioningConfiguration: { Status: Enabled }
      LifecycleConfiguration:
        Rules:
          - Id: runs
            Status: Enabled
            Prefix: runs/
            ExpirationInDays: 30
            NoncurrentVersionExpiration: { NoncurrentDays: 1 }
          - Id: builds
            Status: Enabled
            Prefix: builds/
            ExpirationInDays: 90
            NoncurrentVersionExpiration: { NoncurrentDays: 1 }
          - Id: templates
            Status: Enabled
            Prefix: templates/
            ExpirationInDays: 30
          - Id: former
            Status: Enabled
            NoncurrentVersionExpiration: { NoncurrentDays: 90 }
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }

  BucketRules:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: OnlyEncrypted
            Effect: Deny
            Principal: "*"
            Action: s3:*
            Resource: [!GetAtt Bucket.Arn, !Sub "${Bucket.Arn}/*"]
            Condition: { Bool: { "aws:SecureTransport": "false" } }
  # The foundation ends here.

  # The deploy key's place. Its value comes from 'strata keys new' and is in no template.
  DeployKey:
    Type: AWS::SecretsManager::Secret
    Condition: MakesDeployKey
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Name: !Ref DeployKeySecret
      Description: The key that pushes Strata's registry.
      # By which it is known when the stack is gone.
      Tags: [{ Key: "strata:fleet", Value: !Ref AWS::StackName }]

  Log:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      LogGroupName: !Sub /strata/${AWS::StackName}
      RetentionInDays: 30

  # What Step Functions says of executions that fail, without what they were given.
  ExecutionLog:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties: { LogGroupName: !Sub "/aws/vendedlogs/states/${AWS::StackName}", RetentionInDays: 30 }

  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub ${AWS::StackName}-reports
  Subscription:
    Type: AWS::SNS::Subscription
    Condition: HasEmail
    Properties: { TopicArn: !Ref Topic, Protocol: email, Endpoint: !Ref Email }

  # What functions may do, in pieces: each has those that it needs. docs/fleet-deploy.md shows them as a table.
  BasicsPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [logs:CreateLogStream, logs:PutLogEvents]
            Resource: !GetAtt Log.Arn
          - Effect: Allow
            Action: s3:GetObject
            Resource: !Sub ${Bucket.Arn}/config/*
          # What 'regions: all' means.
          - Effect: Allow
            Action: account:ListRegions
            Resource: "*"
          # Without it S3 answers 403 for an object that is missing, not 404.
          - Effect: Allow
            Action: s3:ListBucket
            Resource: !GetAtt Bucket.Arn
  ReadLedgerPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [dynamodb:DescribeTable, dynamodb:GetItem, dynamodb:Query]
            Resource: [!GetAtt Ledger.Arn, !Sub "${Ledger.Arn}/index/*"]
          - Effect: Allow
            Action: s3:GetObject
            Resource: !Sub ${Bucket.Arn}/ledger/*
  LeasePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: dynamodb:UpdateItem
            Resource: !GetAtt Ledger.Arn
  WriteLedgerPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action:
              - dynamodb:BatchWriteItem
              - dynamodb:ConditionCheckItem
              - dynamodb:DeleteItem
              - dynamodb:PutItem
              - dynamodb:UpdateItem
            Resource: !GetAtt Ledger.Arn
          - Effect: Allow
            Action: s3:PutObject
            Resource: !Sub ${Bucket.Arn}/ledger/*
  RunsPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [s3:GetObject, s3:PutObject]
            Resource: !Sub ${Bucket.Arn}/runs/*
  # Resolves what strangers write: its own results, and nothing else of a run.
  ResolvePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: !Sub ${Bucket.Arn}/runs/*
          - Effect: Allow
            Action: s3:PutObject
            Resource: !Sub ${Bucket.Arn}/runs/*/plans/*
  BuildsPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [s3:AbortMultipartUpload, s3:GetObject, s3:PutObject]
            Resource: !Sub ${Bucket.Arn}/builds/*
  # Layers that are too large for a request. Lambda reads an object's version with the rights of whoever publishes.
  StagingPolicy:
    Type: AWS::IAM::ManagedPolicy
    Condition: HasStaging
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [s3:AbortMultipartUpload, s3:GetObject, s3:GetObjectVersion, s3:PutObject]
            Resource: !Sub arn:${AWS::Partition}:s3:::${StagingBuckets}/*
          - Effect: Allow
            Action: s3:ListBucket
            Resource: !Sub arn:${AWS::Partition}:s3:::${StagingBuckets}
  LayersPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action:
              - lambda:AddLayerVersionPermission
              - lambda:GetLayerVersion
              - lambda:GetLayerVersionPolicy
              - lambda:ListLayerVersions
            Resource:
              - !Sub arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:layer:${LayerNames}
              - !Sub arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:layer:${LayerNames}:*
  PublishPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: lambda:PublishLayerVersion
            Resource: !Sub arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:layer:${LayerNames}
  PrunePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [lambda:DeleteLayerVersion, lambda:GetLayerVersion]
            Resource: !Sub arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:layer:${LayerNames}:*
  KeysPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [secretsmanager:GetSecretValue, ssm:GetParameter]
            Resource: !Ref KeyArns
  TellPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sns:Publish
            Resource: !Ref Topic

  # Takes the lease, writes down the batches.
  PrepareFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-prepare
      Handler: prepare
      Role: !GetAtt PrepareRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 512
      Timeout: 120
      EphemeralStorage: { Size: 512 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
  PrepareRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref LeasePolicy
        - !Ref RunsPolicy

  # Looks what became of actions that a former run left open.
  SettleFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-settle
      Handler: settle
      Role: !GetAtt SettleRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 512
      Timeout: 900
      EphemeralStorage: { Size: 512 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
  SettleRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref WriteLedgerPolicy
        - !Ref LayersPolicy

  # Resolves and plans a batch. It reads what strangers wrote, and may do nothing but that.
  ResolveFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-resolve
      Handler: resolve
      Role: !GetAtt ResolveRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 2048
      Timeout: 900
      EphemeralStorage: { Size: 4096 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
  ResolveRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref ResolvePolicy

  # Merges the plans, checks the limits.
  PlanFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-plan
      Handler: plan
      Role: !GetAtt PlanRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 2048
      Timeout: 900
      EphemeralStorage: { Size: 512 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
  PlanRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref WriteLedgerPolicy
        - !Ref RunsPolicy

  # Makes a layer's zip and begins its publication.
  BuildFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-build
      Handler: build
      Role: !GetAtt BuildRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 2048
      Timeout: 900
      EphemeralStorage: { Size: 4096 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
  BuildRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref WriteLedgerPolicy
        - !Ref RunsPolicy
        - !Ref BuildsPolicy

  # Publishes a layer in a region, verifies and grants it.
  PublishFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-publish
      Handler: publish
      Role: !GetAtt PublishRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 1024
      Timeout: 300
      EphemeralStorage: { Size: 1024 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
  PublishRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref WriteLedgerPolicy
        - !Ref RunsPolicy
        - !Ref BuildsPolicy
        - !Ref LayersPolicy
        - !Ref PublishPolicy
        - !If [HasStaging, !Ref StagingPolicy, !Ref AWS::NoValue]

  # Renders the registry and pushes it.
  CommitFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-commit
      Handler: commit
      Role: !GetAtt CommitRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 3008
      Timeout: 900
      EphemeralStorage: { Size: 4096 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
  CommitRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref WriteLedgerPolicy
        - !Ref RunsPolicy
        - !Ref KeysPolicy

  # Deletes releases that have expired, as far as the promises allow.
  PruneFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-prune
      Handler: prune
      Role: !GetAtt PruneRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 1024
      Timeout: 900
      EphemeralStorage: { Size: 512 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
  PruneRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref WriteLedgerPolicy
        - !Ref PrunePolicy
        - !Ref KeysPolicy

  # Writes the report, gives the lease back, tells the topic.
  FinishFunction:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-finish
      Handler: finish
      Role: !GetAtt FinishRole.Arn
      Runtime: provided.al2023
      Architectures: [!Ref Architecture]
      Code: { S3Bucket: !Ref Bucket, S3Key: !Ref Code }
      MemorySize: 512
      Timeout: 120
      EphemeralStorage: { Size: 512 }
      LoggingConfig: { LogGroup: !Ref Log }
      Environment:
        Variables:
          STRATA_FLEET_BUCKET: !Ref Bucket
          STRATA_FLEET_CONFIG: !Sub s3://${Bucket}/${Configuration}
          STRATA_FLEET_CONCURRENCY: !Ref PublicationsInFlight
          STRATA_FLEET_TOPIC: !Ref Topic
  FinishRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
      ManagedPolicyArns:
        - !Ref BasicsPolicy
        - !Ref ReadLedgerPolicy
        - !Ref LeasePolicy
        - !Ref RunsPolicy
        - !Ref TellPolicy

  StateMachine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: !Ref AWS::StackName
      RoleArn: !GetAtt StateMachineRole.Arn
      LoggingConfiguration:
        Level: ERROR
        IncludeExecutionData: false
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: !GetAtt ExecutionLog.Arn } }]
      # Written here from state-machine.asl.json by deploy/embed.
      DefinitionString: !Sub |
        {
        "Comment": "One run of the fleet. Everything larger than a few fields passes by the bucket, so that no payload grows with the number of layers.",
        "StartAt": "Begin",
        "TimeoutSeconds": 172800,
        "States": {
        "Begin": {"Type": "Pass","Comment": "What an execution is started with, and what is meant where it says nothing.","Parameters": {"meant": {"allow": {"overLimits": false,"vanished": false},"only": [],"prune": false},"given.$": "$$.Execution.Input","limits": {"batches.$": "States.StringToJson('${BatchesAtOnce}')","builds.$": "States.StringToJson('${PublicationsInFlight}')","tolerated.$": "States.StringToJson('${ToleratedFailurePercentage}')"}},"Next": "Fill in"
        },
        "Fill in": {"Type": "Pass","Parameters": {"input.$": "States.JsonMerge($.meant, $.given, false)","limits.$": "$.limits"},"Next": "Prepare"
        },
        "Prepare": {"Type": "Task","Comment": "Takes the lease. Whoever holds it and is dead has lost it after its term: that long it is waited for.","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${PrepareFunction.Arn}","Payload": {"v": 1,"execution.$": "$$.Execution.Name","allow.$": "$.input.allow","only.$": "$.input.only"}},"ResultSelector": {"context.$": "$.Payload.context","batches.$": "$.Payload.batches","count.$": "$.Payload.count"},"ResultPath": "$.run","TimeoutSeconds": 300,"Retry": [{"ErrorEquals": ["LeaseHeld"],"IntervalSeconds": 60,"MaxAttempts": 17,"BackoffRate": 1.0},{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Catch": [{"ErrorEquals": ["LeaseHeld"],"ResultPath": "$.error","Next": "Another is at work"},{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Failed"}],"Next": "Settle"
        },
        "Another is at work": {"Type": "Succeed","Comment": "Longer than a lease's term somebody has renewed it: that execution does what this one would."
        },
        "Settle": {"Type": "Task","Comment": "Looks what became of actions that a former run left open.","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${SettleFunction.Arn}","Payload": {"v": 1,"context.$": "$.run.context"}},"ResultSelector": {"more.$": "$.Payload.more","settled.$": "$.Payload.settled","silent.$": "$.Payload.silent"},"ResultPath": "$.settled","TimeoutSeconds": 1200,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Finish after an error"}],"Next": "More to settle?"
        },
        "More to settle?": {"Type": "Choice","Choices": [{"Variable": "$.settled.more","BooleanEquals": true,"Next": "Settle"}],"Default": "Resolve"
        },
        "Resolve": {"Type": "Map","Comment": "A child for each batch of items. What fails is counted by the plan: its batch is missing there.","Label": "Resolve","ItemReader": {"Resource": "arn:${AWS::Partition}:states:::s3:getObject","ReaderConfig": {"InputType": "JSON"},"Parameters": {"Bucket.$": "$.run.batches.bucket","Key.$": "$.run.batches.key"}},"ItemSelector": {"v": 1,"context.$": "$.run.context","batch.$": "$$.Map.Item.Value.batch","items.$": "$$.Map.Item.Value.items"},"MaxConcurrencyPath": "$.limits.batches","ToleratedFailurePercentagePath": "$.limits.tolerated","ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED","ExecutionType": "STANDARD"},"StartAt": "Resolve a batch","States": {"Resolve a batch": {"Type": "Task","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${ResolveFunction.Arn}","Payload.$": "$"},"ResultSelector": {"batch.$": "$.Payload.batch","failed.$": "$.Payload.failed"},"TimeoutSeconds": 1200,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"End": true}}},"ResultWriter": {"Resource": "arn:${AWS::Partition}:states:::s3:putObject","Parameters": {"Bucket": "${Bucket}","Prefix.$": "States.Format('runs/{}/results/resolve', $$.Execution.Name)"}},"ResultPath": null,"Retry": [{"ErrorEquals": ["States.ItemReaderFailed", "States.ResultWriterFailed"],"IntervalSeconds": 3,"MaxAttempts": 2,"BackoffRate": 2.0}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Finish after an error"}],"Next": "Plan"
        },
        "Plan": {"Type": "Task","Comment": "One plan of all batches; the safety limits are checked here, before anything is built.","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${PlanFunction.Arn}","Payload": {"v": 1,"context.$": "$.run.context","batches.$": "$.run.count"}},"ResultSelector": {"work.$": "$.Payload.work","builds.$": "$.Payload.builds","publications.$": "$.Payload.publications"},"ResultPath": "$.plan","TimeoutSeconds": 1200,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Finish after an error"}],"Next": "Anything to build?"
        },
        "Anything to build?": {"Type": "Choice","Choices": [{"Variable": "$.plan.builds","NumericGreaterThan": 0,"Next": "Build"}],"Default": "Commit"
        },
        "Build": {"Type": "Map","Comment": "A child for each item that needs a build. So many children at once, so many publications are in flight in each region.","Label": "Build","ItemReader": {"Resource": "arn:${AWS::Partition}:states:::s3:getObject","ReaderConfig": {"InputType": "JSON"},"Parameters": {"Bucket.$": "$.plan.work.bucket","Key.$": "$.plan.work.key"}},"ItemSelector": {"v": 1,"context.$": "$.run.context","item.$": "$$.Map.Item.Value.item","batch.$": "$$.Map.Item.Value.batch"},"MaxConcurrencyPath": "$.limits.builds","ToleratedFailurePercentagePath": "$.limits.tolerated","ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED","ExecutionType": "STANDARD"},"StartAt": "Build an item","States": {"Build an item": {"Type": "Task","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${BuildFunction.Arn}","Payload.$": "$"},"ResultSelector": {"regions.$": "$.Payload.regions"},"ResultPath": "$.built","TimeoutSeconds": 1200,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Next": "Publish"},"Publish": {"Type": "Map","Comment": "All regions at once. A region that fails is pending: it holds up no other.","ItemsPath": "$.built.regions","ItemSelector": {"v": 1,"context.$": "$.context","item.$": "$.item","region.$": "$$.Map.Item.Value.region","intent.$": "$$.Map.Item.Value.intent"},"ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"},"StartAt": "Publish in a region","States": {"Publish in a region": {"Type": "Task","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${PublishFunction.Arn}","Payload": {"v": 1,"context.$": "$.context","item.$": "$.item","intent.$": "$.intent"}},"ResultSelector": {"region.$": "$.Payload.region","status.$": "$.Payload.status"},"TimeoutSeconds": 600,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 3,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Left open"}],"End": true},"Left open": {"Type": "Pass","Comment": "The intent stays in the ledger; the next run settles it.","Parameters": {"region.$": "$.region","status": "pending","reason.$": "$.error.Error"},"End": true}}},"ResultPath": "$.published","Next": "Published"},"Published": {"Type": "Pass","Parameters": {"item.$": "$.item","regions.$": "$.published"},"End": true}}},"ResultWriter": {"Resource": "arn:${AWS::Partition}:states:::s3:putObject","Parameters": {"Bucket": "${Bucket}","Prefix.$": "States.Format('runs/{}/results/build', $$.Execution.Name)"}},"ResultPath": null,"Retry": [{"ErrorEquals": ["States.ItemReaderFailed", "States.ResultWriterFailed"],"IntervalSeconds": 3,"MaxAttempts": 2,"BackoffRate": 2.0}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Commit"}],"Next": "Commit"
        },
        "Commit": {"Type": "Task","Comment": "Lists what was published, whatever became of the rest.","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${CommitFunction.Arn}","Payload": {"v": 1,"context.$": "$.run.context"}},"ResultPath": null,"TimeoutSeconds": 1200,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Finish after an error"}],"Next": "What is left?"
        },
        "What is left?": {"Type": "Choice","Choices": [{"Variable": "$.error","IsPresent": true,"Next": "Finish after an error"},{"Variable": "$.input.prune","BooleanEquals": true,"Next": "Prune"}],"Default": "Finish"
        },
        "Prune": {"Type": "Task","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${PruneFunction.Arn}","Payload": {"v": 1,"context.$": "$.run.context","dryRun": false}},"ResultPath": null,"TimeoutSeconds": 1200,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Finish after an error"}],"Next": "Finish"
        },
        "Finish": {"Type": "Task","Comment": "Writes the report, gives the lease back, tells the topic.","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${FinishFunction.Arn}","Payload": {"v": 1,"context.$": "$.run.context"}},"ResultSelector": {"status.$": "$.Payload.status","report.$": "$.Payload.report"},"ResultPath": "$.finished","TimeoutSeconds": 600,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.error","Next": "Failed"}],"Next": "How did it go?"
        },
        "How did it go?": {"Type": "Choice","Choices": [{"Variable": "$.finished.status","StringEquals": "failed","Next": "Failed by its report"}],"Default": "Done"
        },
        "Done": {"Type": "Pass","InputPath": "$.finished","End": true
        },
        "Finish after an error": {"Type": "Task","Comment": "The same, with what went wrong; the execution then fails with it.","Resource": "arn:${AWS::Partition}:states:::lambda:invoke","Parameters": {"FunctionName": "${FinishFunction.Arn}","Payload": {"v": 1,"context.$": "$.run.context","error.$": "$.error"}},"ResultPath": null,"TimeoutSeconds": 600,"Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException", "Throttled"],"IntervalSeconds": 2,"MaxAttempts": 8,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Temporary"],"IntervalSeconds": 5,"MaxAttempts": 16,"BackoffRate": 2.0,"MaxDelaySeconds": 120,"JitterStrategy": "FULL"},{"ErrorEquals": ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],"IntervalSeconds": 3,"MaxAttempts": 4,"BackoffRate": 2.0,"MaxDelaySeconds": 60,"JitterStrategy": "FULL"}],"Catch": [{"ErrorEquals": ["States.ALL"],"ResultPath": "$.unfinished","Next": "Failed"}],"Next": "Failed"
        },
        "Failed": {"Type": "Choice","Comment": "Names that begin with 'States.' belong to Step Functions: no execution of ours may fail with one.","Choices": [{"Variable": "$.error.Error","StringMatches": "States.*","Next": "Failed in the engine"}],"Default": "Failed in a function"
        },
        "Failed in the engine": {"Type": "Fail","Error": "Failed","CausePath": "States.Format('{}: {}', $.error.Error, $.error.Cause)"
        },
        "Failed in a function": {"Type": "Fail","ErrorPath": "$.error.Error","CausePath": "$.error.Cause"
        },
        "Failed by its report": {"Type": "Fail","Error": "Failed","Cause": "Too much of the run failed: its report in the bucket tells what."
        }
        }
        }
  StateMachineRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: { Service: states.amazonaws.com }
            Action: sts:AssumeRole
            Condition: { StringEquals: { "aws:SourceAccount": !Ref AWS::AccountId } }
      Policies:
        - PolicyName: run
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: lambda:InvokeFunction
                Resource:
                  - !GetAtt PrepareFunction.Arn
                  - !GetAtt SettleFunction.Arn
                  - !GetAtt ResolveFunction.Arn
                  - !GetAtt PlanFunction.Arn
                  - !GetAtt BuildFunction.Arn
                  - !GetAtt PublishFunction.Arn
                  - !GetAtt CommitFunction.Arn
                  - !GetAtt PruneFunction.Arn
                  - !GetAtt FinishFunction.Arn
              - Effect: Allow
                Action: s3:GetObject
                Resource: !Sub ${Bucket.Arn}/runs/*
              - Effect: Allow
                Action: [s3:AbortMultipartUpload, s3:ListMultipartUploadParts, s3:PutObject]
                Resource: !Sub ${Bucket.Arn}/runs/*
              # What Step Functions wants for any log; these know no resources.
              - Effect: Allow
                Action:
                  - logs:CreateLogDelivery
                  - logs:DeleteLogDelivery
                  - logs:DescribeLogGroups
                  - logs:DescribeResourcePolicies
                  - logs:GetLogDelivery
                  - logs:ListLogDeliveries
                  - logs:PutResourcePolicy
                  - logs:UpdateLogDelivery
                Resource: "*"
              # A distributed Map runs its children as executions of the same state machine.
              - Effect: Allow
                Action: states:StartExecution
                Resource: !Sub arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}
              - Effect: Allow
                Action: [states:DescribeExecution, states:RedriveExecution, states:StopExecution]
                Resource: !Sub arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}/*

  # Runs that the schedule could not begin.
  Unstarted:
    Type: AWS::SQS::Queue
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties: { QueueName: !Sub "${AWS::StackName}-unstarted", MessageRetentionPeriod: 1209600, SqsManagedSseEnabled: true }
  Timer:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: !Ref AWS::StackName
      ScheduleExpression: !Ref Schedule
      State: !Ref ScheduleState
      FlexibleTimeWindow: { Mode: "OFF" }
      Target:
        Arn: !Ref StateMachine
        RoleArn: !GetAtt TimerRole.Arn
        Input: !Sub '{"prune":${Prune}}'
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 }
        DeadLetterConfig: { Arn: !GetAtt Unstarted.Arn }
  TimerRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: { Service: scheduler.amazonaws.com }
            Action: sts:AssumeRole
            Condition: { StringEquals: { "aws:SourceAccount": !Ref AWS::AccountId } }
      Policies:
        - PolicyName: start
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - { Effect: Allow, Action: states:StartExecution, Resource: !Ref StateMachine }
              - { Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Unstarted.Arn }

  FailedAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: A run of the fleet failed. Its report in the bucket tells why.
      Namespace: AWS/States
      MetricName: ExecutionsFailed
      Dimensions: [{ Name: StateMachineArn, Value: !Ref StateMachine }]
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Topic]
  TimedOutAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: A run of the fleet took longer than two days and was ended.
      Namespace: AWS/States
      MetricName: ExecutionsTimedOut
      Dimensions: [{ Name: StateMachineArn, Value: !Ref StateMachine }]
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Topic]
  SilentAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: No run has succeeded for longer than the schedule explains. While that is off, so is this alarm.
      Namespace: AWS/States
      MetricName: ExecutionsSucceeded
      Dimensions: [{ Name: StateMachineArn, Value: !Ref StateMachine }]
      Statistic: Sum
      Period: 86400
      EvaluationPeriods: !If [IsWatched, !Ref SilentDays, 1]
      Threshold: 1
      ComparisonOperator: LessThanThreshold
      TreatMissingData: breaching
      ActionsEnabled: !If [IsWatched, true, false]
      AlarmActions: [!Ref Topic]
  UnstartedAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: The schedule could not begin a run. The queue tells why.
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{ Name: QueueName, Value: !GetAtt Unstarted.QueueName }]
      Statistic: Maximum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Topic]
  ThrottledAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: The ledger's table has refused writes for a quarter of an hour.
      Namespace: AWS/DynamoDB
      MetricName: WriteThrottleEvents
      Dimensions: [{ Name: TableName, Value: !Ref Ledger }]
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 3
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Topic]

  # Workflows of one repository's main branch may start runs and read their reports, without a key of any kind.
  GitHub:
    Type: AWS::IAM::OIDCProvider
    Condition: MakesProvider
    Properties:
      Url: https://token.actions.githubusercontent.com
      ClientIdList: [sts.amazonaws.com]
  GitHubRole:
    Type: AWS::IAM::Role
    Condition: HasGitHub
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: { Federated: !If [MakesProvider, !Ref GitHub, !Ref GitHubProvider] }
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals:
                token.actions.githubusercontent.com:aud: sts.amazonaws.com
                token.actions.githubusercontent.com:sub: !Sub repo:${GitHubRepository}:ref:refs/heads/main
      Policies:
        - PolicyName: start
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: states:StartExecution
                Resource: !Ref StateMachine
              - Effect: Allow
                Action: states:DescribeExecution
                Resource: !Sub arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}:*
              - Effect: Allow
                Action: s3:GetObject
                Resource: !Sub ${Bucket.Arn}/runs/*/report.json

Outputs:
  BucketName: { Value: !Ref Bucket, Description: "Configuration, payloads, reports and builds." }
  StateMachineArn: { Value: !Ref StateMachine, Description: What starts a run. }
  TopicArn: { Value: !Ref Topic, Description: Where reports and alarms go. }
  LogGroupName: { Value: !Ref Log, Description: Where the functions write. }
  GitHubRoleArn: { Value: !GetAtt GitHubRole.Arn, Condition: HasGitHub, Description: What workflows assume. }

"""####
}
