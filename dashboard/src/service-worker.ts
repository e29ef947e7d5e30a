import { version } from '$service-worker';
import { runServiceWorker } from './lib/service-worker/run.ts';

runServiceWorker(self, version);
