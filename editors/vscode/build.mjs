// Bundles the extension, so that what is installed is one file. `--test` bundles what the tests import, beside it.
import { build } from 'esbuild';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const shared = { bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'warning' };

if (process.argv.includes('--test')) {
    await build({
        ...shared,
        entryPoints: ['src/extension.ts', 'src/blocks.ts', 'src/lenses.ts', 'src/outcomes.ts', 'src/program.ts'],
        external: ['vscode'],
        alias: {
            vscode: './test/fake/vscode.cjs',
            'vscode-languageclient/node': './test/fake/languageclient.cjs',
        },
        outdir: 'dist/test',
    });
} else {
    const { metafile } = await build({
        ...shared,
        entryPoints: ['src/extension.ts'],
        external: ['vscode'],
        outfile: 'dist/extension.js',
        minify: true,
        legalComments: 'none',
        metafile: true,
    });
    writeFileSync('dist/THIRD-PARTY.txt', notices(Object.keys(metafile.inputs)));
}

/** The licences of the packages that are in the bundle: they want to be in every copy. */
function notices(inputs) {
    const folders = inputs.map((file) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
    return [...new Set(folders.filter(Boolean))]
        .sort()
        .map((folder) => {
            const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
            const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
            const text = file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : '';
            return `${name} ${version} (${license})\n\n${text}\n`;
        })
        .join('\n----\n\n');
}
