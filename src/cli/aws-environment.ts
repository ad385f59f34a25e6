/** What the original's settings hold where no credentials are meant. */
const PLACEHOLDER = 'specify_me';
const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

/**
 * The AWS SDK reads the environment by itself. It must not take the original's placeholders for credentials, and its
 * notice about versions of Node is nothing that a user of this program can act on.
 */
export function prepareAwsEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of CREDENTIALS) {
    if (environment[name] === PLACEHOLDER) delete environment[name];
  }
  environment['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}
