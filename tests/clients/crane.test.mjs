import { needs } from '../support/clients.mjs';
import { front } from '../support/front.mjs';
import { crane } from './adapters/crane.mjs';
import { pulls } from './contract.mjs';
import { describe } from 'node:test';
const options = needs('crane');
const { upstream, url } = await front();
const { pull } = crane();
describe('crane', options, () => pulls({ upstream, url, pull }));
