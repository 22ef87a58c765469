import { needs } from '../support/clients.mjs';
import { front } from '../support/front.mjs';
import { podman } from './adapters/podman.mjs';
import { pulls } from './contract.mjs';
import { describe } from 'node:test';
const options = needs('podman');
const { upstream, url } = await front();
const { pull } = podman();
describe('podman', options, () => pulls({ upstream, url, pull }));
