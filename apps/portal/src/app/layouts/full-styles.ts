// All of Mantine's sheet at once: pages need not import the styles of what they use.
import '@mantine/core/styles.layer.css';
