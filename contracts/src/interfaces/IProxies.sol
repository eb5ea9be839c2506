// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Proxies: people who act for a patient who cannot, within what the patient's key has signed
/// @notice A proxy (a parent, a carer, one with power of attorney) holds signed terms, kept off the ledger like a consent.
/// Within them it may sign consents, name proxies of its own, and refuse. It can never rotate the key, void everything,
/// name guardians or stop the subject, who can always remove it: by the bit of its index or by a new epoch. Terms end by
/// their date, such as a child's eighteenth birthday. The whole chain is looked at on each use, so whoever removes a link
/// ends all below it.
/// @dev EIP-712 domain of Consents. Types: the struct `Proxy` below, in its order, and
/// `RevokeUnderProxy(bytes32 link,uint32 index)`, signed by a proxy.
/// Each link counts its consents and further links by indexes of its own. They are refused by the subject's bit of that
/// number, and by the proxy's bit in a space of its own, an address made of the proxy and the digest of its terms. So a
/// proxy refuses what it signed without showing anything, and cannot reach what others signed.
interface IProxies {
    /// @notice The terms of a proxy.
    /// @param subject The patient's pseudonym.
    /// @param epoch The subject's epoch in which it was signed.
    /// @param index The number of its revocation bit, chosen by the signer among its own.
    /// @param proxy The key that may act.
    /// @param kind What it is to the patient, see `spec/`. For people: it changes nothing here.
    /// @param parent The digest of the terms under which the signer acts; 0 if that is the subject's controller.
    /// @param categories Mask of the record categories that its consents may cover.
    /// @param sensitive Mask of the sensitive classes that they may include.
    /// @param purposes Mask of the purposes that they may allow.
    /// @param actions Mask of the actions that they may allow.
    /// @param validFrom First second at which its consents may hold.
    /// @param validUntil First second at which they no longer may.
    /// @param salt Random, so that the digest betrays nothing about the terms.
    struct Proxy {
        address subject;
        uint32 epoch;
        uint32 index;
        address proxy;
        uint8 kind;
        bytes32 parent;
        uint32 categories;
        uint16 sensitive;
        uint32 purposes;
        uint16 actions;
        uint48 validFrom;
        uint48 validUntil;
        bytes32 salt;
    }

    /// @notice One link of a chain. The first is signed by the subject's controller, each other by the proxy before it.
    struct Link {
        Proxy terms;
        bytes signature;
    }

    /// @notice A chain has 1 to 3 links.
    error Proxies_InvalidDepth(uint256 depth);
    /// @notice The link is about another subject than the chain.
    error Proxies_WrongSubject(bytes32 id, address subject, address expected);
    /// @notice The link is from an epoch that the subject has left behind, or from none.
    error Proxies_WrongEpoch(bytes32 id, uint32 epoch, uint32 current);
    /// @notice The link hangs on another than the one before it.
    error Proxies_WrongParent(bytes32 id, bytes32 parent, bytes32 expected);
    /// @notice The link was refused, by the subject (`space` is the subject) or by the proxy that made it.
    error Proxies_Revoked(bytes32 id, address space, uint32 index);
    /// @notice The signature under the link is not that of `signer`.
    error Proxies_InvalidSignature(bytes32 id, address signer);
    /// @notice The terms `id` name these, and the link `within` that they stand on does not.
    error Proxies_Broader(
        bytes32 id, bytes32 within, uint32 categories, uint16 sensitive, uint32 purposes, uint16 actions
    );
    /// @notice The terms `id` hold at times at which the link `within` does not; the times are those of the link.
    error Proxies_Longer(bytes32 id, bytes32 within, uint48 validFrom, uint48 validUntil);
    /// @notice The last link does not hold at this time.
    error Proxies_NotInForce(bytes32 id, uint48 validFrom, uint48 validUntil, uint48 time);
    /// @notice The signature under the refusal is not the proxy's.
    error Proxies_InvalidRevocation(bytes32 link, uint32 index, address proxy);

    /// @notice Refuses, for good, what the caller signed as a proxy under the terms with the digest `link`: a consent or a
    /// further link, by its index. Shows neither subject nor terms.
    function revokeUnderProxy(bytes32 link, uint32 index) external;

    /// @notice As `revokeUnderProxy`, carried by anyone with the signature of `proxy`.
    function revokeUnderProxyBySig(address proxy, bytes32 link, uint32 index, bytes calldata signature) external;

    /// @notice The identifier of a link: the EIP-712 digest of its terms on this chain and contract.
    function proxyDigest(Proxy calldata terms) external view returns (bytes32 id);

    /// @notice Where the refusals of a proxy under its terms with the digest `link` stand, in place of a subject.
    function spaceOf(address proxy, bytes32 link) external pure returns (address);
}
