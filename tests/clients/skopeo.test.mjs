import { needs } from '../support/clients.mjs';
import { front } from '../support/front.mjs';
import { skopeo } from './adapters/skopeo.mjs';
import { pulls } from './contract.mjs';
import { describe } from 'node:test';
const options = needs('skopeo');
const { upstream, url } = await front();
const { pull } = skopeo();
describe('skopeo', options, () => pulls({ upstream, url, pull }));
