import { applications } from './applications.mjs';
import { expectations } from './expect.mjs';
import { siblings } from './siblings.mjs';

// Fills the upstream, and answers what is in it: see the table in the README.
export async function plantSeed(control) {
  const entries = [];
  for (const application of applications) {
    const releases = await plant(control, application);
    entries.push(...expectations(application, releases));
  }
  const alike = [];
  for (const application of siblings) {
    const { isPublic = true } = application;
    for (const { images, ...release } of await plant(control, application)) {
      alike.push(...images.map((image) => ({ isPublic, ...release, ...image })));
    }
  }
  return {
    releases: entries.filter(({ isFaulty }) => !isFaulty),
    faulty: entries.filter(({ isFaulty }) => isFaulty),
    missing: missing(entries),
    siblings: alike,
  };
}

async function plant(control, application) {
  const { slug, pinned } = application;
  await control.createApplication(application);
  const releases = [];
  for (const release of application.releases) {
    releases.push(await control.createRelease(slug, release));
  }
  if (pinned !== undefined) await control.pin(slug, releases[pinned].commit);
  return releases;
}

// Names within the grammar that must not be found.
function missing(entries) {
  const find = (slug, rawVersion) =>
    entries.find((entry) => entry.slug === slug && entry.rawVersion === rawVersion);
  const browser = 'balenablocks/browser';
  const { commit } = find(browser, '2.6.0');
  return {
    'unknown organization': 'nobody/browser',
    'unknown application': 'balenablocks/nothing',
    'application without a release': 'acme/empty',
    'unknown version': `${browser}/9.9.9`,
    "a draft's bare version": `${browser}/2.4.0`,
    'a failed release by version': `${browser}/2.5.1`,
    'a failed release by commit': `${browser}/${find(browser, '2.5.1').commit}`,
    'a failed revision by commit': `${browser}/${find(browser, '2.6.0+rev1').commit}`,
    'an unknown short commit': `${browser}/${'0'.repeat(7)}`,
    "another application's short commit": `acme/kiosk/${commit.slice(0, 7)}`,
    'six digits of a commit': `${browser}/${commit.slice(0, 6)}`,
    'a line without a release': `${browser}/3`,
    'a line of drafts alone': `${browser}/2.4`,
    'a line of failed releases and drafts': `${browser}/2.7`,
    'an unknown commit': `${browser}/${'0'.repeat(32)}`,
    "another application's commit": `acme/kiosk/${commit}`,
    'an unknown revision': `${browser}/2.3.8-rev3`,
    'a revision that failed': `${browser}/2.6.0-rev1`,
    'a revision of a draft': `${browser}/2.4.0-rev0`,
    'a line of an application that is not there': 'balenablocks/nothing/2',
    'a release of two services, without one': 'acme/gateway/1.0.0',
    'a target of two services, without one': 'acme/gateway',
    'an unknown service': 'acme/gateway/1.0.0/nothing',
    'an unknown service of a release of one': `${browser}/2.6.0/nothing`,
  };
}
