import { needs } from '../support/clients.mjs';
import { front } from '../support/front.mjs';
import { oras } from './adapters/oras.mjs';
import { pulls } from './contract.mjs';
import { describe } from 'node:test';
const options = needs('oras');
const { upstream, url } = await front();
const { pull } = oras();
describe('oras', options, () => pulls({ upstream, url, pull }));
