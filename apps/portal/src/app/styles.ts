// What the first page needs; layouts load Mantine's whole sheet. All of Mantine is in a cascade layer, so our own rules win without tricks.
import '@mantine/core/styles/baseline.layer.css';
import '@mantine/core/styles/default-css-variables.layer.css';
import '@mantine/core/styles/global.layer.css';
import './fonts.css';
import './base.css';
import './blocks.css';
import './print.css';
