/** What is asked of a deployment. */
export interface DeploymentRequest {
  readonly type: string;
  /** The queue as submitters name it. */
  readonly queue: string;
  /** What the consumer adds to it: `-zip`, or nothing. */
  readonly suffix: string;
  readonly image: { readonly repository: string; readonly tag: string };
  /** Queues that the cluster has already. */
  readonly otherQueues: readonly string[];
}

/** One piece, and the place in the Kiosk where it belongs. */
export interface DeploymentPiece {
  readonly name: 'consumer' | 'exporter' | 'rule' | 'frontend' | 'janitor' | 'autoscaler';
  readonly place: string;
  readonly text: string;
}

/** All that a Kiosk cluster has to be told of a new job type. */
export function deploymentPieces(request: DeploymentRequest): DeploymentPiece[] {
  const { type, queue, suffix, otherQueues } = request;
  // Janitor and exporter find the list of archives, `<queue>-zip`, by themselves.
  const queues = [...new Set([...otherQueues, queue])].join(',');
  return [
    {
      name: 'consumer',
      place: `helmfile.d/02##.${releaseOf(type)}.yaml: the release of the consumer`,
      text: release(request),
    },
    { name: 'exporter', place: EXPORTER, text: exporter(`${queue}${suffix}`) },
    {
      name: 'rule',
      place: 'the rules of Prometheus: the load by which it is scaled',
      text: rule(type, `${queue}${suffix}`),
    },
    { name: 'frontend', place: 'the frontend: what people can choose', text: `env:\n  JOB_TYPES: "${queues}"\n` },
    { name: 'janitor', place: 'the janitor: whose jobs it looks after', text: `env:\n  QUEUES: "${queues}"\n` },
    { name: 'autoscaler', place: 'the autoscaler: what switches the GPU on', text: `env:\n  QUEUES: "${queues}"\n` },
  ];
}

function releaseOf(type: string): string {
  return `${type.replaceAll('_', '-')}-consumer`;
}

/** Names of metrics have no `-`. */
function metricOf(type: string): string {
  return `${type.replaceAll('-', '_')}_consumer_key_ratio`;
}

function release({ type, queue, image }: DeploymentRequest): string {
  const name = releaseOf(type);
  return `releases:
  - name: "${name}"
    namespace: "deepcell"
    values:
      - replicas: 1
        nameOverride: "${name}"
        image:
          repository: "${image.repository}"
          tag: "${image.tag}"
        # More than limits.drainTimeoutSeconds, so that a pod that stops can finish its job.
        terminationGracePeriodSeconds: 40
        env:
          QUEUE: "${queue}"
          CONSUMER_TYPE: "${type}"
          REDIS_HOST: "redis"
          REDIS_PORT: "26379"
          TF_HOST: "tf-serving"
          TF_PORT: "8500"
          STORAGE_BUCKET: '{{ requiredEnv "STORAGE_BUCKET" }}'
        hpa:
          enabled: true
          minReplicas: 1
          maxReplicas: 50
          metrics:
            - type: Object
              object:
                metric:
                  name: "${metricOf(type)}"
                target:
                  type: Value
                  value: 1
`;
}

const EXPORTER =
  'the script of the Redis exporter: what waits and is worked on; give the two values back with the others';

function exporter(list: string): string {
  return `script: |
  local count = redis.call("LLEN", "${list}")
  local cursor = "0"
  repeat
    local found = redis.call("SCAN", cursor, "MATCH", "processing-${list}:*", "COUNT", 1000)
    cursor = found[1]
    for _, name in ipairs(found[2]) do count = count + redis.call("LLEN", name) end
  until cursor == "0"
  return {"${keyOf(list)}", tostring(count)}
`;
}

function keyOf(list: string): string {
  return `${list}_image_keys`;
}

/** Jobs for each pod, while the model server is up: what the other consumers are scaled by. */
function rule(type: string, list: string): string {
  const name = releaseOf(type);
  return `- record: "${metricOf(type)}"
  expr: |
    avg_over_time(redis_script_values{key="${keyOf(list)}"}[15s])
      / on() kube_deployment_spec_replicas{deployment="${name}"}
      * on() tf_serving_up
  labels:
    deployment: "${name}"
    namespace: "deepcell"
`;
}
